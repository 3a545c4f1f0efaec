// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.data;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.github.lora4j.DatasetException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object and where it stands; whatever is wrong with a field is reported with both.
 *
 * @param where file and line or record number, for messages
 * @param object the fields
 */
record JsonRecord(String where, JsonObject object) {
  /** A text that must be there; it may be empty. */
  String string(String field) {
    JsonElement value = object.get(field);
    if (value == null) {
      throw new DatasetException(
          "%s: field \"%s\" is missing; found %s".formatted(where, field, object.keySet()));
    }
    if (!value.isJsonPrimitive() || !value.getAsJsonPrimitive().isString()) {
      throw wrongType(field, "a string", value);
    }
    return value.getAsString();
  }

  /** A text that must be there and not be blank. */
  String nonBlank(String field) {
    String value = string(field);
    if (value.isBlank()) {
      throw new DatasetException(
          "%s: field \"%s\" is blank; remove the record or fill it in".formatted(where, field));
    }
    return value;
  }

  /** A text, empty where the field is absent or null. */
  String optionalString(String field) {
    JsonElement value = object.get(field);
    return value == null || value.isJsonNull() ? "" : string(field);
  }

  /** The objects of an array that must be there and not be empty. */
  List<JsonRecord> objects(String field) {
    JsonElement value = object.get(field);
    if (!(value instanceof JsonArray array)) {
      throw value == null
          ? new DatasetException(
              "%s: field \"%s\" is missing; found %s".formatted(where, field, object.keySet()))
          : wrongType(field, "an array", value);
    }
    List<JsonRecord> objects = new ArrayList<>();
    for (JsonElement element : array) {
      String name = "%s[%d]".formatted(field, objects.size());
      if (!(element instanceof JsonObject each)) {
        throw wrongType(name, "an object", element);
      }
      objects.add(new JsonRecord("%s, %s".formatted(where, name), each));
    }
    if (objects.isEmpty()) {
      throw new DatasetException("%s: field \"%s\" is an empty array".formatted(where, field));
    }
    return objects;
  }

  private DatasetException wrongType(String field, String expected, JsonElement found) {
    return new DatasetException(
        "%s: field \"%s\" must be %s, found %s".formatted(where, field, expected, kind(found)));
  }

  /** What kind of JSON value this is, for messages. */
  static String kind(@Nullable JsonElement element) {
    if (element == null || element.isJsonNull()) {
      return "null";
    }
    if (element.isJsonArray()) {
      return "an array";
    }
    if (element.isJsonObject()) {
      return "an object";
    }
    if (element.getAsJsonPrimitive().isString()) {
      return "a string";
    }
    return element.getAsJsonPrimitive().isBoolean() ? "a boolean" : "a number";
  }
}
