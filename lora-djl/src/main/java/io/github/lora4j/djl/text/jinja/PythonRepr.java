// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text.jinja;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;

/** Values as Python writes them: {@code str()} outside, {@code repr()} inside lists and maps. */
final class PythonRepr {
  private PythonRepr() {}

  /** Python's {@code str(value)}; what is undefined is empty. */
  static String text(Object value, Budget budget) {
    if (value instanceof String text) {
      return text;
    }
    Output output = new Output(budget);
    print(value, output);
    return output.toString();
  }

  static void print(Object value, Output output) {
    if (value instanceof String text) {
      output.append(text);
    } else if (!(value instanceof Undefined)) {
      repr(value, output);
    }
  }

  private static void repr(Object value, Output output) {
    if (value instanceof String text) {
      output.append(quoted(text));
    } else if (value instanceof Boolean flag) {
      output.append(flag ? "True" : "False");
    } else if (value instanceof Double number) {
      output.append(number(number));
    } else if (value instanceof List<?> list) {
      list(list, output);
    } else if (value instanceof Map<?, ?> map) {
      map(map, output);
    } else if (value instanceof Long || value instanceof None) {
      output.append(value.toString());
    } else if (value instanceof Undefined) {
      output.append("Undefined");
    } else {
      throw new TemplateFault("a function, loop or namespace cannot be printed");
    }
  }

  private static void list(List<?> list, Output output) {
    boolean tuple = list instanceof Tuple;
    output.append(tuple ? "(" : "[");
    String separator = "";
    for (Object element : list) {
      output.append(separator);
      repr(element, output);
      separator = ", ";
    }
    output.append(tuple ? (list.size() == 1 ? ",)" : ")") : "]");
  }

  private static void map(Map<?, ?> map, Output output) {
    output.append("{");
    String separator = "";
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      output.append(separator);
      repr(entry.getKey(), output);
      output.append(": ");
      repr(entry.getValue(), output);
      separator = ", ";
    }
    output.append("}");
  }

  /** Python's {@code repr} of a float: no exponent from 1e-4 up to 1e16. */
  static String number(double value) {
    if (Double.isNaN(value)) {
      return "nan";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    double size = Math.abs(value);
    if (size != 0 && (size < 1e-4 || size >= 1e16)) {
      return scientific(value);
    }
    String plain = new BigDecimal(Double.toString(value)).toPlainString();
    String sign = value == 0 && 1 / value < 0 ? "-" : "";
    return sign + (plain.contains(".") ? plain : plain + ".0");
  }

  private static String scientific(double value) {
    BigDecimal number = new BigDecimal(Double.toString(value)).stripTrailingZeros();
    int exponent = number.precision() - number.scale() - 1;
    BigDecimal mantissa = number.movePointLeft(exponent).stripTrailingZeros();
    return "%se%s%02d"
        .formatted(mantissa.toPlainString(), exponent < 0 ? "-" : "+", Math.abs(exponent));
  }

  private static String quoted(String text) {
    char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
    StringBuilder quoted = new StringBuilder().append(quote);
    text.codePoints().forEach(c -> quoted.append(escaped(c, quote)));
    return quoted.append(quote).toString();
  }

  private static String escaped(int c, char quote) {
    return switch (c) {
      case '\\' -> "\\\\";
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      case '\t' -> "\\t";
      default -> {
        if (c == quote) {
          yield "\\" + quote;
        }
        yield c < 0x20 || c == 0x7f ? "\\x%02x".formatted(c) : Character.toString(c);
      }
    };
  }
}
