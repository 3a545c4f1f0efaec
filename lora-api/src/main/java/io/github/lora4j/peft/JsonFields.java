// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.peft;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.github.lora4j.AdapterException;
import io.github.lora4j.ModuleSelector;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Collectors;

/**
 * The fields of a JSON object by type. A field that is absent or null takes the default; one of
 * another type is an {@link AdapterException} that names source and field.
 */
final class JsonFields {
  private static final String ALL_LINEAR = "all-linear";

  private final JsonObject object;
  private final String source;

  JsonFields(JsonObject object, String source) {
    this.object = object;
    this.source = source;
  }

  /** The same object without some fields. */
  JsonFields without(Set<String> fields) {
    JsonObject others = object.deepCopy();
    fields.forEach(others::remove);
    return new JsonFields(others, source);
  }

  Set<String> names() {
    return object.keySet();
  }

  JsonElement raw(String field) {
    JsonElement value = object.get(field);
    return value == null ? JsonNull.INSTANCE : value;
  }

  boolean isSet(String field) {
    return !raw(field).isJsonNull();
  }

  int integer(String field, int otherwise) {
    return isSet(field) ? integer(field, raw(field)) : otherwise;
  }

  double number(String field, double otherwise) {
    return isSet(field) ? number(field, raw(field)) : otherwise;
  }

  boolean bool(String field, boolean otherwise) {
    if (!isSet(field)) {
      return otherwise;
    }
    if (raw(field) instanceof JsonPrimitive value && value.isBoolean()) {
      return value.getAsBoolean();
    }
    throw wrong(field, raw(field), "true or false");
  }

  Optional<String> string(String field) {
    return isSet(field) ? Optional.of(string(field, raw(field))) : Optional.empty();
  }

  List<String> strings(String field) {
    return list(field, "a list of strings", this::string);
  }

  List<Integer> integers(String field) {
    return list(field, "a list of integers", this::integer);
  }

  /** Lists of integers by name. */
  Map<String, List<Integer>> integerListsByName(String field) {
    return map(field, this::integers);
  }

  Map<String, Integer> integersByName(String field) {
    return map(field, this::integer);
  }

  Map<String, Double> numbersByName(String field) {
    return map(field, this::number);
  }

  Map<String, List<Boolean>> flagsByName(String field) {
    return map(field, this::flags);
  }

  /** Which modules are meant; unset where the field is. */
  ModuleSelector selector(String field) {
    JsonElement value = raw(field);
    if (value.isJsonNull()) {
      return new ModuleSelector.Unset();
    }
    if (value.isJsonArray()) {
      return new ModuleSelector.Names(strings(field));
    }
    if (value instanceof JsonPrimitive text && text.isString()) {
      return text.getAsString().equalsIgnoreCase(ALL_LINEAR)
          ? new ModuleSelector.AllLinear()
          : new ModuleSelector.Regex(text.getAsString());
    }
    throw wrong(field, value, "a list of strings or a string");
  }

  /** One of an enum's constants; PEFT writes some in lower case. */
  <E extends Enum<E>> E constant(String field, E otherwise) {
    if (!isSet(field)) {
      return otherwise;
    }
    String name = string(field).orElseThrow();
    E[] constants = otherwise.getDeclaringClass().getEnumConstants();
    return Arrays.stream(constants)
        .filter(constant -> constant.name().equals(name.toUpperCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(() -> wrong(field, raw(field), "one of " + names(constants)));
  }

  private static String names(Enum<?>[] constants) {
    return Arrays.stream(constants)
        .map(constant -> PeftFields.spelling(constant))
        .collect(Collectors.joining(", "));
  }

  AdapterException wrong(String field, JsonElement found, String expected) {
    return problem("%s must be %s, found %s".formatted(field, expected, PythonJson.shown(found)));
  }

  AdapterException problem(String message) {
    return new AdapterException(source + ": " + message);
  }

  private List<Integer> integers(String field, JsonElement found) {
    return list(field, found, "a list of integers", this::integer);
  }

  private <V> List<V> list(String field, String expected, BiFunction<String, JsonElement, V> read) {
    return isSet(field) ? list(field, raw(field), expected, read) : List.of();
  }

  private <V> List<V> list(
      String field, JsonElement found, String expected, BiFunction<String, JsonElement, V> read) {
    if (!found.isJsonArray()) {
      throw wrong(field, found, expected);
    }
    List<V> values = new ArrayList<>();
    for (JsonElement element : found.getAsJsonArray()) {
      values.add(read.apply(field + "[" + values.size() + "]", element));
    }
    return values;
  }

  private <V> Map<String, V> map(String field, BiFunction<String, JsonElement, V> read) {
    if (!isSet(field)) {
      return Map.of();
    }
    if (!raw(field).isJsonObject()) {
      throw wrong(field, raw(field), "an object of numbers by module pattern");
    }
    Map<String, V> values = new LinkedHashMap<>();
    raw(field)
        .getAsJsonObject()
        .entrySet()
        .forEach(
            entry ->
                values.put(
                    entry.getKey(),
                    read.apply(field + "[\"" + entry.getKey() + "\"]", entry.getValue())));
    return values;
  }

  private List<Boolean> flags(String field, JsonElement found) {
    if (!found.isJsonArray()) {
      throw wrong(field, found, "a list of true and false");
    }
    List<Boolean> flags = new ArrayList<>();
    for (JsonElement element : found.getAsJsonArray()) {
      if (!(element instanceof JsonPrimitive flag && flag.isBoolean())) {
        throw wrong(field, found, "a list of true and false");
      }
      flags.add(element.getAsBoolean());
    }
    return flags;
  }

  private String string(String field, JsonElement found) {
    if (found instanceof JsonPrimitive value && value.isString()) {
      return value.getAsString();
    }
    throw wrong(field, found, "a string");
  }

  private double number(String field, JsonElement found) {
    if (found instanceof JsonPrimitive value && value.isNumber()) {
      return value.getAsDouble();
    }
    throw wrong(field, found, "a number");
  }

  private int integer(String field, JsonElement found) {
    if (found instanceof JsonPrimitive value && value.isNumber()) {
      try {
        return new BigDecimal(value.getAsString()).intValueExact();
      } catch (ArithmeticException | NumberFormatException e) {
        throw wrong(field, found, "an integer");
      }
    }
    throw wrong(field, found, "an integer");
  }
}
