// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text.jinja;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Filters, and what methods share with them, that take a text or a number. */
final class TextFilters {
  private static final Pattern WORD_START = Pattern.compile("[^-\\s({\\[<]+");

  private TextFilters() {}

  static String repeat(String text, long times, Budget budget) {
    long count = Math.max(0, times);
    budget.charge(count, text.length());
    return text.isEmpty() ? "" : text.repeat((int) count);
  }

  static String capitalize(String text) {
    if (text.isEmpty()) {
      return text;
    }
    int first = text.offsetByCodePoints(0, 1);
    return text.substring(0, first).toUpperCase(Locale.ROOT)
        + text.substring(first).toLowerCase(Locale.ROOT);
  }

  /** Jinja2's {@code title}: a word begins after a blank, a hyphen or an opening bracket. */
  static String title(String text) {
    Matcher words = WORD_START.matcher(text);
    return words.replaceAll(word -> Matcher.quoteReplacement(capitalize(word.group())));
  }

  static long count(String text, String part) {
    if (part.isEmpty()) {
      return Values.length(text) + 1;
    }
    long count = 0;
    for (int at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length())) {
      count++;
    }
    return count;
  }

  /** Replaces at most {@code most} times, or always if that is negative. */
  static String replace(String text, String old, String with, long most, Budget budget) {
    long times = most < 0 ? count(text, old) : Math.min(most, count(text, old));
    budget.charge(times, with.length());
    budget.charge(text.length());
    StringBuilder replaced = new StringBuilder();
    int from = 0;
    for (long i = 0; i < times; i++) {
      int at = text.indexOf(old, from);
      replaced.append(text, from, at).append(with);
      from = at + old.length();
      if (old.isEmpty() && from < text.length()) {
        int next = text.offsetByCodePoints(from, 1);
        replaced.append(text, from, next);
        from = next;
      }
    }
    return replaced.append(text.substring(from)).toString();
  }

  static String join(List<?> parts, String separator, Budget budget) {
    Output joined = new Output(budget);
    for (int i = 0; i < parts.size(); i++) {
      joined.append(i == 0 ? "" : separator);
      PythonRepr.print(parts.get(i), joined);
    }
    return joined.toString();
  }

  /** Python's {@code splitlines}: no empty line after a closing newline. */
  static List<Object> lines(String text) {
    List<Object> lines = new ArrayList<>();
    if (!text.isEmpty()) {
      String[] all = text.split("\r\n|[\n\r\u000b\f\u001c\u001d\u001e\u0085\u2028\u2029]", -1);
      int count = all[all.length - 1].isEmpty() ? all.length - 1 : all.length;
      lines.addAll(List.of(all).subList(0, count));
    }
    return lines;
  }

  /** Indents all lines but the first, unless told otherwise. */
  static Object indent(Arguments arguments) {
    Budget budget = arguments.budget();
    String text = PythonRepr.text(arguments.required(0, "s"), budget);
    Object width = arguments.get(1, "width", 4L);
    String margin =
        width instanceof String given
            ? given
            : repeat(" ", arguments.integer(1, "width", 4), budget);
    boolean blank = arguments.flag(3, "blank");
    Output output = new Output(budget).append(arguments.flag(2, "first") ? margin : "");
    List<Object> lines = lines(text + "\n");
    for (int i = 0; i < lines.size(); i++) {
      String line = (String) lines.get(i);
      boolean indented = i > 0 && (blank || !line.isEmpty());
      output.append(i == 0 ? "" : "\n").append(indented ? margin : "").append(line);
    }
    return output.toString();
  }

  static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("'", "&#39;")
        .replace("\"", "&#34;");
  }

  static Object toInteger(Arguments arguments) {
    Object value = arguments.required(0, "value");
    if (Values.isInteger(value)) {
      return Values.asLong(value);
    }
    Object number = value instanceof Double ? value : parse(value);
    return number instanceof Double real && !real.isNaN() && !real.isInfinite()
        ? (Object) (long) real.doubleValue()
        : arguments.get(1, "default", 0L);
  }

  static Object toFloat(Arguments arguments) {
    Object value = arguments.required(0, "value");
    Object number = Values.isNumeric(value) ? (Object) Values.asDouble(value) : parse(value);
    return number == None.NONE ? arguments.get(1, "default", 0.0) : number;
  }

  private static Object parse(Object value) {
    if (value instanceof Undefined undefined) {
      throw undefined.fault();
    }
    try {
      return value instanceof String text ? (Object) Double.valueOf(text.strip()) : None.NONE;
    } catch (NumberFormatException e) {
      return None.NONE;
    }
  }

  static Object round(Arguments arguments) {
    Object value = arguments.required(0, "value");
    if (Values.isInteger(value)) {
      return Values.asLong(value);
    }
    if (!(value instanceof Double number)) {
      throw new TemplateFault("round: expected a number");
    }
    RoundingMode mode =
        switch (arguments.text(2, "method", "common")) {
          case "common" -> RoundingMode.HALF_EVEN;
          case "ceil" -> RoundingMode.CEILING;
          case "floor" -> RoundingMode.FLOOR;
          default -> throw new TemplateFault("round: method must be common, ceil or floor");
        };
    long precision = Math.max(-400, Math.min(400, arguments.integer(1, "precision", 0)));
    return new BigDecimal(number).setScale((int) precision, mode).doubleValue();
  }

  static Object absolute(Arguments arguments) {
    Object value = arguments.required(0, "value");
    if (!Values.isNumeric(value)) {
      throw new TemplateFault("abs: expected a number");
    }
    Object number = Values.isInteger(value) ? (Object) Values.asLong(value) : value;
    return Values.asDouble(number) < 0 ? Operators.negate(number) : number;
  }
}
