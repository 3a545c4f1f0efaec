// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import com.google.gson.JsonElement;

/** Words for JSON values in messages. */
final class JsonTypes {
  private static final int SHOWN = 40;

  private JsonTypes() {}

  /** A value as a message shows it: its kind and its beginning. */
  static String describe(JsonElement value) {
    String text = value.toString();
    String shown = text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
    return kind(value) + shown;
  }

  private static String kind(JsonElement value) {
    if (value.isJsonObject()) {
      return "the object ";
    }
    if (value.isJsonArray()) {
      return "the list ";
    }
    return value.isJsonNull() ? "" : primitive(value);
  }

  private static String primitive(JsonElement value) {
    if (value.getAsJsonPrimitive().isString()) {
      return "the string ";
    }
    return value.getAsJsonPrimitive().isNumber() ? "the number " : "";
  }
}
