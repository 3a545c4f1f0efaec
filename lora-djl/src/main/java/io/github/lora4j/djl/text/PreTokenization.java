// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.Map;
import java.util.Optional;

/**
 * How byte-level tokenizers split text before they merge pairs, by llama.cpp's names ({@code
 * tokenizer.ggml.pre}), in the form of {@code tokenizer.json}.
 */
enum PreTokenization {
  /** GPT-2's own. */
  GPT_2("", false) {
    @Override
    JsonObject preTokenizer() {
      return byteLevel(true);
    }
  },
  /** Llama 3's: up to three digits together; whole words go before merges. */
  LLAMA_3("\\p{N}{1,3}", true),
  /** Qwen2's: digits apart, and text in Unicode's normal form C. */
  QWEN_2("\\p{N}", false) {
    @Override
    Optional<JsonObject> normalizer() {
      return Optional.of(object("NFC"));
    }
  };

  private static final Map<String, PreTokenization> BY_NAME =
      Map.of(
          "gpt-2", GPT_2,
          "llama-bpe", LLAMA_3,
          "llama3", LLAMA_3,
          "llama-v3", LLAMA_3,
          "qwen2", QWEN_2,
          "deepseek-r1-qwen", QWEN_2);

  private static final String PATTERN =
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|%s| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*"
          + "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

  private final String digits;
  private final boolean wholeWords;

  PreTokenization(String digits, boolean wholeWords) {
    this.digits = digits;
    this.wholeWords = wholeWords;
  }

  static Optional<PreTokenization> named(String name) {
    return Optional.ofNullable(BY_NAME.get(name));
  }

  /** Whether a token that is a whole word is taken without merging its pairs. */
  boolean ignoresMerges() {
    return wholeWords;
  }

  /** Whether a text begins with a token of its own if the file does not say. */
  boolean beginsByDefault() {
    return wholeWords;
  }

  Optional<JsonObject> normalizer() {
    return Optional.empty();
  }

  JsonObject preTokenizer() {
    JsonObject regex = new JsonObject();
    regex.addProperty("Regex", PATTERN.formatted(digits));
    JsonObject split = object("Split");
    split.add("pattern", regex);
    split.addProperty("behavior", "Isolated");
    split.addProperty("invert", false);
    JsonArray both = new JsonArray();
    both.add(split);
    both.add(byteLevel(false));
    JsonObject sequence = object("Sequence");
    sequence.add("pretokenizers", both);
    return sequence;
  }

  /** Bytes as letters, for which text is split by GPT-2's rule or not. */
  static JsonObject byteLevel(boolean splits) {
    JsonObject level = object("ByteLevel");
    level.addProperty("add_prefix_space", false);
    level.addProperty("trim_offsets", true);
    level.addProperty("use_regex", splits);
    return level;
  }

  /** A text after the token that begins it. */
  static JsonObject beginningWith(String token, int id) {
    JsonArray single = new JsonArray();
    single.add(piece("SpecialToken", token, 0));
    single.add(piece("Sequence", "A", 0));
    JsonArray pair = single.deepCopy();
    pair.add(piece("SpecialToken", token, 1));
    pair.add(piece("Sequence", "B", 1));
    JsonObject special = new JsonObject();
    special.addProperty("id", token);
    special.add("ids", array(new JsonPrimitive(id)));
    special.add("tokens", array(new JsonPrimitive(token)));
    JsonObject specials = new JsonObject();
    specials.add(token, special);
    JsonObject template = object("TemplateProcessing");
    template.add("single", single);
    template.add("pair", pair);
    template.add("special_tokens", specials);
    return template;
  }

  private static JsonObject piece(String kind, String id, int type) {
    JsonObject content = new JsonObject();
    content.addProperty("id", id);
    content.addProperty("type_id", type);
    JsonObject piece = new JsonObject();
    piece.add(kind, content);
    return piece;
  }

  private static JsonArray array(JsonPrimitive element) {
    JsonArray array = new JsonArray();
    array.add(element);
    return array;
  }

  private static JsonObject object(String type) {
    JsonObject object = new JsonObject();
    object.addProperty("type", type);
    return object;
  }
}
