// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.openai;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.StringReader;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The fields of a request's JSON object. Each is taken once, checked as it is taken; null counts as
 * absent, as OpenAI's clients send it. {@link #finish} refuses what nobody took.
 */
public final class RequestFields {
  /** Deeper than any request of this interface. */
  private static final int MAX_DEPTH = 32;

  private final JsonObject json;
  private final Set<String> left;
  private final String path;

  private RequestFields(JsonObject json, String path) {
    this.json = json;
    this.path = path;
    left = new TreeSet<>(json.keySet());
  }

  /**
   * Reads a body.
   *
   * @param body strict JSON, one object
   * @return its fields
   * @throws ApiException with status 400 if it is none
   */
  public static RequestFields parse(String body) {
    try {
      JsonReader reader = new JsonReader(new StringReader(body));
      reader.setStrictness(Strictness.STRICT);
      reader.setNestingLimit(MAX_DEPTH);
      JsonElement json = JsonParser.parseReader(reader);
      if (!json.isJsonObject() || reader.peek() != JsonToken.END_DOCUMENT) {
        throw notAnObject("found " + (json.isJsonObject() ? "text behind it" : kind(json)));
      }
      return new RequestFields(json.getAsJsonObject(), "");
    } catch (IOException | JsonParseException | NumberFormatException e) {
      throw notAnObject(String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
    }
  }

  private static ApiException notAnObject(String found) {
    return new ApiException(ApiError.invalid("The body must be one JSON object: " + found));
  }

  /**
   * The fields of an object inside.
   *
   * @param element the object
   * @param path where it is, for example {@code messages[0]}
   * @return its fields
   * @throws ApiException with status 400 if it is no object
   */
  public static RequestFields of(JsonElement element, String path) {
    if (!element.isJsonObject()) {
      throw wrong(path, "an object", element);
    }
    return new RequestFields(element.getAsJsonObject(), path + ".");
  }

  /**
   * A field of any type.
   *
   * @param name the field
   * @return its value, or empty if it is absent or null
   */
  Optional<JsonElement> any(String name) {
    left.remove(name);
    return Optional.ofNullable(json.get(name)).filter(value -> !value.isJsonNull());
  }

  /**
   * A string.
   *
   * @param name the field
   * @return its value, or empty if it is absent
   * @throws ApiException with status 400 if it is of another type
   */
  public Optional<String> string(String name) {
    return any(name).map(value -> asString(value, path + name));
  }

  /**
   * A string that must be there.
   *
   * @param name the field
   * @return its value
   * @throws ApiException with status 400 if it is absent or of another type
   */
  public String requiredString(String name) {
    return required(name, string(name));
  }

  /**
   * Refuses absence.
   *
   * @param name the field
   * @param value what it holds
   * @return the value
   * @throws ApiException with status 400 if it is empty
   */
  <T> T required(String name, Optional<T> value) {
    return value.orElseThrow(
        () ->
            new ApiException(
                ApiError.invalid(path + name, "%s is missing".formatted(path + name))));
  }

  /** A number in [least, most]. */
  Optional<Double> number(String name, double least, double most) {
    return any(name)
        .map(
            value -> {
              double number = isNumber(value) ? value.getAsDouble() : Double.NaN;
              if (!(number >= least && number <= most)) {
                throw wrong(path + name, "a number from %s to %s".formatted(least, most), value);
              }
              return number;
            });
  }

  /** A whole number in [least, most]. */
  Optional<Long> integer(String name, long least, long most) {
    return any(name).map(value -> asInteger(value, path + name, least, most));
  }

  /**
   * True or false.
   *
   * @param name the field
   * @return its value; false if it is absent
   * @throws ApiException with status 400 if it is of another type
   */
  public boolean flag(String name) {
    return any(name)
        .map(
            value -> {
              if (!(value instanceof JsonPrimitive primitive && primitive.isBoolean())) {
                throw wrong(path + name, "true or false", value);
              }
              return value.getAsBoolean();
            })
        .orElse(false);
  }

  /**
   * A list of anything.
   *
   * @param name the field
   * @return its value, or empty if it is absent
   * @throws ApiException with status 400 if it is of another type
   */
  public Optional<List<JsonElement>> list(String name) {
    return any(name)
        .map(
            value -> {
              if (!value.isJsonArray()) {
                throw wrong(path + name, "a list", value);
              }
              return value.getAsJsonArray().asList();
            });
  }

  /**
   * Takes fields that say nothing about the answer.
   *
   * @param names the fields
   */
  public void ignore(Set<String> names) {
    left.removeAll(names);
  }

  /**
   * Refuses every field that was not taken.
   *
   * @throws ApiException with status 400 naming the first of them
   */
  public void finish() {
    if (!left.isEmpty()) {
      String name = left.iterator().next();
      throw new ApiException(
          ApiError.unsupported(
              path + ApiError.abbreviated(name),
              "Unrecognized request argument supplied: " + path + ApiError.abbreviated(name)));
    }
  }

  /**
   * A string inside of a list.
   *
   * @param value the element
   * @param path where it is
   * @return the string
   * @throws ApiException with status 400 if it is of another type
   */
  public static String asString(JsonElement value, String path) {
    if (!(value instanceof JsonPrimitive primitive && primitive.isString())) {
      throw wrong(path, "a string", value);
    }
    return value.getAsString();
  }

  static long asInteger(JsonElement value, String path, long least, long most) {
    double number = isNumber(value) ? value.getAsDouble() : Double.NaN;
    if (!(number == Math.rint(number) && number >= least && number <= most)) {
      throw wrong(path, "a whole number from %d to %d".formatted(least, most), value);
    }
    return value.getAsBigDecimal().longValue();
  }

  static ApiException wrong(String path, String expected, JsonElement found) {
    return new ApiException(
        ApiError.invalid(path, "%s must be %s, was %s".formatted(path, expected, shown(found))));
  }

  private static boolean isNumber(JsonElement value) {
    return value instanceof JsonPrimitive primitive && primitive.isNumber();
  }

  private static String shown(JsonElement value) {
    return value.isJsonPrimitive() ? ApiError.abbreviated(value.toString()) : kind(value);
  }

  private static String kind(JsonElement value) {
    if (value.isJsonObject()) {
      return "an object";
    }
    return value.isJsonArray() ? "a list" : ApiError.abbreviated(value.toString());
  }
}
