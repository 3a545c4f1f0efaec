// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.tokenizer;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import io.github.lora4j.djl.format.AtomicFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Writes an encoding as the Hugging Face tokenizers library reads it. */
public final class TokenizerFiles {
  /** {@link io.github.lora4j.data.PromptTemplate#humanAssistant} for conversations. */
  private static final String CHAT_TEMPLATE =
      "{% for message in messages %}"
          + "{% if message['role'] == 'system' %}{{ message['content'] | trim + '\\n\\n' }}"
          + "{% elif message['role'] == 'user' %}"
          + "{{ 'Human: ' + message['content'] | trim + '\\n\\n' }}"
          + "{% else %}{{ 'Assistant: ' + message['content'] + eos_token }}{% endif %}"
          + "{% endfor %}"
          + "{% if add_generation_prompt %}{{ 'Assistant: ' }}{% endif %}";

  private static final Gson GSON =
      new GsonBuilder().disableHtmlEscaping().serializeNulls().setPrettyPrinting().create();

  private TokenizerFiles() {}

  /**
   * Writes {@code tokenizer.json} and {@code tokenizer_config.json}.
   *
   * @param directory where to; must exist
   * @param encoding the encoding
   * @throws io.github.lora4j.CheckpointException if a file cannot be written
   */
  public static void write(Path directory, BytePairEncoding encoding) {
    AtomicFile.writeString(directory.resolve("tokenizer.json"), GSON.toJson(tokenizer(encoding)));
    AtomicFile.writeString(directory.resolve("tokenizer_config.json"), GSON.toJson(config()));
  }

  private static JsonElement config() {
    return GSON.toJsonTree(
        Map.of(
            "tokenizer_class", "PreTrainedTokenizerFast",
            "unk_token", "<unk>",
            "bos_token", "<s>",
            "eos_token", "</s>",
            "pad_token", "<pad>",
            "padding_side", "left",
            "chat_template", CHAT_TEMPLATE,
            "clean_up_tokenization_spaces", false));
  }

  private static JsonObject tokenizer(BytePairEncoding encoding) {
    JsonObject json = new JsonObject();
    json.addProperty("version", "1.0");
    json.add("truncation", JsonNull.INSTANCE);
    json.add("padding", JsonNull.INSTANCE);
    json.add("added_tokens", addedTokens());
    json.add("normalizer", JsonNull.INSTANCE);
    json.add("pre_tokenizer", preTokenizer());
    json.add("post_processor", byteLevel());
    json.add("decoder", byteLevel());
    json.add("model", model(encoding));
    return json;
  }

  private static JsonArray addedTokens() {
    JsonArray tokens = new JsonArray();
    for (String content : BytePairEncoding.SPECIAL_TOKENS) {
      JsonObject token = new JsonObject();
      token.addProperty("id", tokens.size());
      token.addProperty("content", content);
      for (String flag : List.of("single_word", "lstrip", "rstrip", "normalized")) {
        token.addProperty(flag, false);
      }
      token.addProperty("special", true);
      tokens.add(token);
    }
    return tokens;
  }

  private static JsonObject preTokenizer() {
    JsonObject pattern = new JsonObject();
    pattern.addProperty("Regex", PreTokenizer.ISOLATED);
    JsonObject split = new JsonObject();
    split.addProperty("type", "Split");
    split.add("pattern", pattern);
    split.addProperty("behavior", "Isolated");
    split.addProperty("invert", false);
    JsonArray steps = new JsonArray();
    steps.add(split);
    steps.add(byteLevel());
    JsonObject sequence = new JsonObject();
    sequence.addProperty("type", "Sequence");
    sequence.add("pretokenizers", steps);
    return sequence;
  }

  private static JsonObject byteLevel() {
    JsonObject json = new JsonObject();
    json.addProperty("type", "ByteLevel");
    json.addProperty("add_prefix_space", false);
    json.addProperty("trim_offsets", true);
    json.addProperty("use_regex", true);
    return json;
  }

  private static JsonObject model(BytePairEncoding encoding) {
    JsonObject json = new JsonObject();
    json.addProperty("type", "BPE");
    for (String absent :
        List.of("dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix")) {
      json.add(absent, JsonNull.INSTANCE);
    }
    for (String flag : List.of("fuse_unk", "byte_fallback", "ignore_merges")) {
      json.addProperty(flag, false);
    }
    JsonObject vocabulary = new JsonObject();
    List<String> tokens = encoding.tokens();
    for (int id = 0; id < tokens.size(); id++) {
      vocabulary.addProperty(tokens.get(id), id);
    }
    json.add("vocab", vocabulary);
    json.add("merges", merges(encoding));
    return json;
  }

  private static JsonArray merges(BytePairEncoding encoding) {
    JsonArray merges = new JsonArray();
    for (BytePairEncoding.Merge merge : encoding.merges()) {
      JsonArray pair = new JsonArray();
      pair.add(merge.left());
      pair.add(merge.right());
      merges.add(pair);
    }
    return merges;
  }
}
