// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.github.lora4j.CheckpointException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A value of a config that knows its place, and becomes what is expected of it or an exception. */
record ConfigField(Path path, String name, JsonElement value) {
  int toInt() {
    try {
      return number("an integer").getAsBigDecimal().intValueExact();
    } catch (ArithmeticException e) {
      throw expected("an integer of 32 bits");
    }
  }

  double toDouble() {
    return number("a number").getAsDouble();
  }

  boolean toBoolean() {
    if (value instanceof JsonPrimitive primitive && primitive.isBoolean()) {
      return primitive.getAsBoolean();
    }
    throw expected("true or false");
  }

  String toText() {
    if (value instanceof JsonPrimitive primitive && primitive.isString()) {
      return primitive.getAsString();
    }
    throw expected("a string");
  }

  JsonObject toObject() {
    if (value instanceof JsonObject object) {
      return object;
    }
    throw expected("an object");
  }

  /** The elements of a list, or the value itself if it is none. */
  List<ConfigField> elements() {
    if (!value.isJsonArray()) {
      return List.of(this);
    }
    List<ConfigField> elements = new ArrayList<>();
    for (JsonElement element : value.getAsJsonArray()) {
      elements.add(new ConfigField(path, name + "[" + elements.size() + "]", element));
    }
    return elements;
  }

  private JsonPrimitive number(String expected) {
    if (value instanceof JsonPrimitive primitive && primitive.isNumber()) {
      return primitive;
    }
    throw expected(expected);
  }

  private CheckpointException expected(String what) {
    return new CheckpointException(
        path + ": " + name + " is " + JsonTypes.describe(value) + ", expected " + what);
  }
}
