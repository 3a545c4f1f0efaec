// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import com.google.gson.JsonObject;
import io.github.lora4j.CheckpointException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A JSON object of settings as transformers writes it ({@code config.json}), read by type. A field
 * may have several names, as configs of different ages do ({@code hidden_size}, {@code n_embd});
 * the first that is present counts. A field that is null counts as absent. Every failure is a
 * {@link CheckpointException} that names the file, the field, what was found and what was expected.
 */
public final class HuggingFaceConfig {
  /** The name of a model's config in its directory. */
  public static final String FILE_NAME = "config.json";

  private final Path path;
  private final String prefix;
  private final JsonObject json;

  private HuggingFaceConfig(Path path, String prefix, JsonObject json) {
    this.path = path;
    this.prefix = prefix;
    this.json = json;
  }

  /**
   * Reads a config.
   *
   * @param path the file, or the directory with {@code config.json} in it
   * @return the config
   * @throws CheckpointException if the file is missing or holds no JSON object
   */
  public static HuggingFaceConfig read(Path path) {
    Path file = Files.isDirectory(path) ? path.resolve(FILE_NAME) : path;
    return new HuggingFaceConfig(file, "", StrictJson.readObject(file));
  }

  /**
   * A config that no file holds.
   *
   * @param path what messages call it
   * @param json its fields
   * @return the config
   */
  public static HuggingFaceConfig of(Path path, JsonObject json) {
    return new HuggingFaceConfig(path, "", json.deepCopy());
  }

  /**
   * The file this was read from.
   *
   * @return its path
   */
  public Path path() {
    return path;
  }

  /**
   * All fields as they were read, the unknown ones included.
   *
   * @return a copy
   */
  public JsonObject json() {
    return json.deepCopy();
  }

  /**
   * Whether a field is present and not null.
   *
   * @param field its name
   * @param aliases its other names
   * @return true if any of the names is present
   */
  public boolean has(String field, String... aliases) {
    return find(field, aliases).isPresent();
  }

  /**
   * An integer that must be there.
   *
   * @param field its name
   * @param aliases its other names
   * @return the value
   */
  public int intValue(String field, String... aliases) {
    return optionalInt(field, aliases).orElseThrow(() -> missing("an integer", field, aliases));
  }

  /**
   * An integer with a default.
   *
   * @param fallback the value if the field is absent
   * @param field its name
   * @param aliases its other names
   * @return the value
   */
  public int intOr(int fallback, String field, String... aliases) {
    return optionalInt(field, aliases).orElse(fallback);
  }

  /**
   * An integer that may be absent.
   *
   * @param field its name
   * @param aliases its other names
   * @return the value, or empty
   */
  public OptionalInt optionalInt(String field, String... aliases) {
    Optional<ConfigField> found = find(field, aliases);
    return found.isPresent() ? OptionalInt.of(found.get().toInt()) : OptionalInt.empty();
  }

  /**
   * One integer or a list of them ({@code eos_token_id} is either).
   *
   * @param field its name
   * @param aliases its other names
   * @return the integers, empty if the field is absent
   */
  public List<Integer> intList(String field, String... aliases) {
    return list(ConfigField::toInt, field, aliases);
  }

  /**
   * A number that must be there.
   *
   * @param field its name
   * @param aliases its other names
   * @return the value
   */
  public double doubleValue(String field, String... aliases) {
    return optionalDouble(field, aliases).orElseThrow(() -> missing("a number", field, aliases));
  }

  /**
   * A number with a default.
   *
   * @param fallback the value if the field is absent
   * @param field its name
   * @param aliases its other names
   * @return the value
   */
  public double doubleOr(double fallback, String field, String... aliases) {
    return optionalDouble(field, aliases).orElse(fallback);
  }

  /**
   * A number that may be absent.
   *
   * @param field its name
   * @param aliases its other names
   * @return the value, or empty
   */
  public OptionalDouble optionalDouble(String field, String... aliases) {
    Optional<ConfigField> found = find(field, aliases);
    return found.isPresent() ? OptionalDouble.of(found.get().toDouble()) : OptionalDouble.empty();
  }

  /**
   * A number that must be there, rounded to a float.
   *
   * @param field its name
   * @param aliases its other names
   * @return the value
   */
  public float floatValue(String field, String... aliases) {
    return (float) doubleValue(field, aliases);
  }

  /**
   * A number with a default, rounded to a float.
   *
   * @param fallback the value if the field is absent
   * @param field its name
   * @param aliases its other names
   * @return the value
   */
  public float floatOr(float fallback, String field, String... aliases) {
    return (float) doubleOr(fallback, field, aliases);
  }

  /**
   * One number or a list of them.
   *
   * @param field its name
   * @param aliases its other names
   * @return the numbers, empty if the field is absent
   */
  public List<Double> doubleList(String field, String... aliases) {
    return list(ConfigField::toDouble, field, aliases);
  }

  /**
   * A truth value that must be there.
   *
   * @param field its name
   * @param aliases its other names
   * @return the value
   */
  public boolean bool(String field, String... aliases) {
    return find(field, aliases)
        .orElseThrow(() -> missing("true or false", field, aliases))
        .toBoolean();
  }

  /**
   * A truth value with a default.
   *
   * @param fallback the value if the field is absent
   * @param field its name
   * @param aliases its other names
   * @return the value
   */
  public boolean boolOr(boolean fallback, String field, String... aliases) {
    return find(field, aliases).map(ConfigField::toBoolean).orElse(fallback);
  }

  /**
   * A string that must be there.
   *
   * @param field its name
   * @param aliases its other names
   * @return the value
   */
  public String string(String field, String... aliases) {
    return optionalString(field, aliases).orElseThrow(() -> missing("a string", field, aliases));
  }

  /**
   * A string with a default.
   *
   * @param fallback the value if the field is absent
   * @param field its name
   * @param aliases its other names
   * @return the value
   */
  public String stringOr(String fallback, String field, String... aliases) {
    return optionalString(field, aliases).orElse(fallback);
  }

  /**
   * A string that may be absent.
   *
   * @param field its name
   * @param aliases its other names
   * @return the value, or empty
   */
  public Optional<String> optionalString(String field, String... aliases) {
    return find(field, aliases).map(ConfigField::toText);
  }

  /**
   * One string or a list of them ({@code architectures}, {@code layer_types}).
   *
   * @param field its name
   * @param aliases its other names
   * @return the strings, empty if the field is absent
   */
  public List<String> stringList(String field, String... aliases) {
    return list(ConfigField::toText, field, aliases);
  }

  /**
   * A nested object that may be absent ({@code rope_parameters}, {@code rope_scaling}). Its fields
   * are named with their path in messages.
   *
   * @param field its name
   * @param aliases its other names
   * @return the object, or empty
   */
  public Optional<HuggingFaceConfig> object(String field, String... aliases) {
    return find(field, aliases)
        .map(found -> new HuggingFaceConfig(path, found.name() + ".", found.toObject()));
  }

  /**
   * The exception for a field whose value is of the right type but cannot be used.
   *
   * @param field its name
   * @param problem what was found and what was expected
   * @return the exception, to be thrown by the caller
   */
  public CheckpointException error(String field, String problem) {
    return new CheckpointException(path + ": " + prefix + field + " " + problem);
  }

  private Optional<ConfigField> find(String field, String... aliases) {
    return Stream.concat(Stream.of(field), Arrays.stream(aliases))
        .filter(name -> json.has(name) && !json.get(name).isJsonNull())
        .findFirst()
        .map(name -> new ConfigField(path, prefix + name, json.get(name)));
  }

  private <T> List<T> list(Function<ConfigField, T> convert, String field, String... aliases) {
    return find(field, aliases).stream()
        .flatMap(found -> found.elements().stream())
        .map(convert)
        .toList();
  }

  private CheckpointException missing(String expected, String field, String... aliases) {
    String others = aliases.length == 0 ? "" : " (or " + String.join(", ", aliases) + ")";
    return error(field, "is missing" + others + ", expected " + expected);
  }
}
