// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.github.lora4j.CheckpointException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The files of a checkpoint that concern its tokenizer. */
final class TokenizerFiles implements TokenizerSource {
  private static final String TOKENIZER_CONFIG = "tokenizer_config.json";
  private static final String DEFAULT_TEMPLATE = "default";

  private final Path directory;
  private final JsonObject tokenizerConfig;

  TokenizerFiles(Path directory) {
    this.directory = directory;
    this.tokenizerConfig = object(TOKENIZER_CONFIG);
  }

  @Override
  public Path tokenizerPath() {
    return directory.resolve("tokenizer.json");
  }

  @Override
  public byte[] tokenizerJson() {
    if (!Files.isRegularFile(tokenizerPath())) {
      throw new CheckpointException(
          tokenizerPath()
              + ": no such file; save the checkpoint's fast tokenizer there (transformers:"
              + " AutoTokenizer.from_pretrained(…).save_pretrained(…))");
    }
    return bytes(tokenizerPath());
  }

  /** {@inheritDoc} {@code tokenizer_config.json} goes first. */
  @Override
  public Map<String, NamedToken> specialTokens(Iterable<String> names) {
    Map<String, NamedToken> tokens = new LinkedHashMap<>();
    for (String file : new String[] {TOKENIZER_CONFIG, "special_tokens_map.json"}) {
      JsonObject object = object(file);
      for (String name : names) {
        String text = tokenText(file, name, object.get(name));
        if (text != null) {
          tokens.putIfAbsent(name, new NamedToken(directory.resolve(file), name, text));
        }
      }
    }
    return tokens;
  }

  private @Nullable String tokenText(String file, String name, @Nullable JsonElement value) {
    JsonElement text = value instanceof JsonObject object ? object.get("content") : value;
    if (value == null || value.isJsonNull()) {
      return null;
    }
    if (text == null || !isString(text)) {
      throw damaged(file, name, "a string or an object with a \"content\"");
    }
    return text.getAsString();
  }

  /** {@inheritDoc} {@code generation_config.json} goes before {@code config.json}. */
  @Override
  public int[] configuredIds(String field) {
    int[] ids = ids("generation_config.json", field);
    return ids.length > 0 ? ids : ids("config.json", field);
  }

  private int[] ids(String file, String field) {
    JsonElement value = object(file).get(field);
    if (value == null || value.isJsonNull()) {
      return new int[0];
    }
    JsonArray array = new JsonArray();
    if (value instanceof JsonArray several) {
      array.addAll(several);
    } else {
      array.add(value);
    }
    int[] ids = new int[array.size()];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = id(file, field, array.get(i));
    }
    // Some checkpoints write −1 for "none".
    return java.util.Arrays.stream(ids).filter(id -> id >= 0).toArray();
  }

  private int id(String file, String field, JsonElement value) {
    try {
      if (value.isJsonPrimitive() && value.getAsJsonPrimitive().isNumber()) {
        return value.getAsBigDecimal().intValueExact();
      }
    } catch (ArithmeticException notAnInt) {
      // Reported below like any other value that is no id.
    }
    throw damaged(file, field, "a token id or an array of them");
  }

  /** {@inheritDoc} A file of its own goes before the field. */
  @Override
  public @Nullable String chatTemplate() {
    Path file = directory.resolve("chat_template.jinja");
    if (Files.isRegularFile(file)) {
      return new String(bytes(file), StandardCharsets.UTF_8);
    }
    JsonElement value = tokenizerConfig.get("chat_template");
    if (value == null || value.isJsonNull()) {
      return null;
    }
    if (value instanceof JsonArray several) {
      return defaultTemplate(several);
    }
    if (!isString(value)) {
      throw damaged(TOKENIZER_CONFIG, "chat_template", "a string or an array of named templates");
    }
    return value.getAsString();
  }

  private @Nullable String defaultTemplate(JsonArray templates) {
    String found = null;
    for (JsonElement each : templates) {
      if (!(each instanceof JsonObject object)
          || !isString(object.get("name"))
          || !isString(object.get("template"))) {
        throw damaged(TOKENIZER_CONFIG, "chat_template", "objects with \"name\" and \"template\"");
      }
      boolean isDefault = object.get("name").getAsString().equals(DEFAULT_TEMPLATE);
      if (isDefault || templates.size() == 1) {
        found = object.get("template").getAsString();
      }
    }
    return found;
  }

  private JsonObject object(String name) {
    Path file = directory.resolve(name);
    if (!Files.isRegularFile(file)) {
      return new JsonObject();
    }
    try {
      if (JsonParser.parseString(new String(bytes(file), StandardCharsets.UTF_8))
          instanceof JsonObject object) {
        return object;
      }
    } catch (JsonParseException e) {
      throw new CheckpointException(file + ": malformed JSON: " + e.getMessage(), e);
    }
    throw new CheckpointException(file + ": expected a JSON object");
  }

  private static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new CheckpointException(file + ": cannot be read: " + e.getMessage(), e);
    }
  }

  private static boolean isString(@Nullable JsonElement value) {
    return value != null && value.isJsonPrimitive() && value.getAsJsonPrimitive().isString();
  }

  private CheckpointException damaged(String file, String field, String expected) {
    return new CheckpointException(
        "%s: field \"%s\" must be %s".formatted(directory.resolve(file), field, expected));
  }
}
