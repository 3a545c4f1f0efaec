// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.peft;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import io.github.lora4j.AdapterException;
import java.io.IOException;
import java.io.StringReader;
import java.math.BigDecimal;

/** JSON text as Python's {@code json} module writes it. */
final class PythonJson {
  private static final int SHOWN = 80;
  private static final Gson GSON =
      new GsonBuilder().setPrettyPrinting().serializeNulls().disableHtmlEscaping().create();

  private PythonJson() {}

  static JsonElement parse(String json) {
    if (json.isBlank()) {
      throw new JsonParseException("the text is empty");
    }
    try (JsonReader reader = new JsonReader(new StringReader(json))) {
      reader.setStrictness(Strictness.STRICT);
      JsonElement element = JsonParser.parseReader(reader);
      if (reader.peek() != JsonToken.END_DOCUMENT) {
        throw new JsonParseException("text goes on after the value");
      }
      return element;
    } catch (IOException e) {
      throw new JsonParseException(e.getMessage(), e);
    }
  }

  static JsonObject parseObject(String json, String source) {
    try {
      JsonElement element = parse(json);
      if (element.isJsonObject()) {
        return element.getAsJsonObject();
      }
      throw new AdapterException(source + ": expected a JSON object, found " + shown(element));
    } catch (JsonParseException e) {
      throw new AdapterException(source + ": no valid JSON: " + e.getMessage(), e);
    }
  }

  /** A value as messages show it, cut where it is long. */
  static String shown(JsonElement value) {
    String text = value.toString();
    return text.length() > SHOWN ? text.substring(0, SHOWN) + "..." : text;
  }

  /** {@code json.dumps(value, indent=2)}, which writes everything beyond ASCII as escapes. */
  static String write(JsonElement value) {
    String text = GSON.toJson(value);
    StringBuilder ascii = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < 128) {
        ascii.append(c);
      } else {
        ascii.append("\\u%04x".formatted((int) c));
      }
    }
    return ascii.toString();
  }

  /** A Python float: always with a point or an exponent. */
  static JsonElement floating(double value) {
    String text = Double.toString(value);
    double size = Math.abs(value);
    if (size != 0 && (size < 1e-4 || size >= 1e16)) {
      text = exponent(text);
    } else if (text.contains("E")) {
      text = new BigDecimal(text).stripTrailingZeros().toPlainString();
      text = text.contains(".") ? text : text + ".0";
    }
    // A parsed number keeps its text; one made of a double would be spelled Java's way.
    return parse(text);
  }

  /** A number that Python code would write as an int where it can. */
  static JsonElement number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? new JsonPrimitive((long) value)
        : floating(value);
  }

  // Java writes 1.0E-5, Python 1e-05.
  private static String exponent(String java) {
    int split = java.indexOf('E');
    String digits = java.substring(0, split).replaceFirst("\\.0$", "");
    int power = Integer.parseInt(java.substring(split + 1));
    return "%se%s%02d".formatted(digits, power < 0 ? "-" : "+", Math.abs(power));
  }
}
