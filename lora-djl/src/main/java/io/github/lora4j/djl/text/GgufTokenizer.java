// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The byte-level tokenizer in the metadata of a GGUF model, taken over where the way it splits text
 * is known exactly: {@code tokenizer.ggml.model} is {@code gpt2}, and {@code tokenizer.ggml.pre}
 * one of {@link PreTokenization}.
 */
final class GgufTokenizer implements TokenizerSource {
  private static final String PREFIX = "tokenizer.ggml.";
  private static final String BYTE_LEVEL_PAIRS = "gpt2";
  private static final int CONTROL = 3;
  private static final int USER_DEFINED = 4;

  private static final Map<String, String> NAMES =
      Map.of(
          "bos_token", "bos_token_id",
          "eos_token", "eos_token_id",
          "unk_token", "unknown_token_id",
          "pad_token", "padding_token_id");

  private final HuggingFaceConfig metadata;
  private final PreTokenization splitting;
  private final List<String> tokens;

  private GgufTokenizer(HuggingFaceConfig metadata, PreTokenization splitting) {
    this.metadata = metadata;
    this.splitting = splitting;
    tokens = metadata.stringList(PREFIX + "tokens");
  }

  /**
   * Finds the tokenizer.
   *
   * @param metadata that of the file
   * @return the tokenizer, or empty if it cannot be taken over exactly
   */
  static Optional<GgufTokenizer> of(HuggingFaceConfig metadata) {
    if (!metadata.stringOr("", PREFIX + "model").equals(BYTE_LEVEL_PAIRS)) {
      return Optional.empty();
    }
    return PreTokenization.named(metadata.stringOr("", PREFIX + "pre"))
        .map(splitting -> new GgufTokenizer(metadata, splitting));
  }

  @Override
  public Path tokenizerPath() {
    return metadata.path();
  }

  @Override
  public byte[] tokenizerJson() {
    JsonObject json = new JsonObject();
    json.addProperty("version", "1.0");
    json.add("added_tokens", addedTokens());
    splitting.normalizer().ifPresent(normalizer -> json.add("normalizer", normalizer));
    json.add("pre_tokenizer", splitting.preTokenizer());
    json.add("post_processor", postProcessor());
    json.add("decoder", PreTokenization.byteLevel(true));
    json.add("model", model());
    return json.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** Special tokens, which are never split, and those that users added. */
  private JsonArray addedTokens() {
    List<Integer> types = metadata.intList(PREFIX + "token_type");
    JsonArray added = new JsonArray();
    for (int id = 0; id < Math.min(types.size(), tokens.size()); id++) {
      int type = types.get(id);
      if (type == CONTROL || type == USER_DEFINED) {
        JsonObject token = new JsonObject();
        token.addProperty("id", id);
        token.addProperty("content", tokens.get(id));
        for (String flag : new String[] {"single_word", "lstrip", "rstrip", "normalized"}) {
          token.addProperty(flag, false);
        }
        token.addProperty("special", type == CONTROL);
        added.add(token);
      }
    }
    return added;
  }

  private JsonObject model() {
    JsonObject vocabulary = new JsonObject();
    for (int id = 0; id < tokens.size(); id++) {
      if (vocabulary.has(tokens.get(id))) {
        throw metadata.error(
            PREFIX + "tokens", "has \"%s\" twice; the file is damaged".formatted(tokens.get(id)));
      }
      vocabulary.addProperty(tokens.get(id), id);
    }
    JsonArray merges = new JsonArray();
    metadata.stringList(PREFIX + "merges").forEach(merges::add);
    JsonObject model = new JsonObject();
    model.addProperty("type", "BPE");
    model.addProperty("fuse_unk", false);
    model.addProperty("byte_fallback", false);
    model.addProperty("ignore_merges", splitting.ignoresMerges());
    model.add("vocab", vocabulary);
    model.add("merges", merges);
    return model;
  }

  private JsonObject postProcessor() {
    OptionalInt begin = metadata.optionalInt(PREFIX + "bos_token_id");
    boolean begins = metadata.boolOr(splitting.beginsByDefault(), PREFIX + "add_bos_token");
    return begins && begin.isPresent()
        ? PreTokenization.beginningWith(token("bos_token_id", begin.getAsInt()), begin.getAsInt())
        : PreTokenization.byteLevel(true);
  }

  private String token(String field, int id) {
    if (id < 0 || id >= tokens.size()) {
      throw metadata.error(
          PREFIX + field, "is %d, but there are %d tokens".formatted(id, tokens.size()));
    }
    return tokens.get(id);
  }

  @Override
  public Map<String, NamedToken> specialTokens(Iterable<String> names) {
    Map<String, NamedToken> special = new LinkedHashMap<>();
    for (String name : names) {
      Optional.ofNullable(NAMES.get(name)).ifPresent(field -> add(special, name, field));
    }
    return special;
  }

  private void add(Map<String, NamedToken> special, String name, String field) {
    metadata
        .optionalInt(PREFIX + field)
        .ifPresent(
            id ->
                special.put(
                    name, new NamedToken(metadata.path(), PREFIX + field, token(field, id))));
  }

  /** {@inheritDoc} A turn of a chat may end with a token of its own. */
  @Override
  public int[] configuredIds(String field) {
    IntStream ids = metadata.optionalInt(PREFIX + field).stream();
    IntStream more =
        field.equals("eos_token_id")
            ? metadata.optionalInt(PREFIX + "eot_token_id").stream()
            : IntStream.empty();
    return IntStream.concat(ids, more).filter(id -> id >= 0 && id < tokens.size()).toArray();
  }

  @Override
  public @Nullable String chatTemplate() {
    return metadata.optionalString("tokenizer.chat_template").orElse(null);
  }
}
