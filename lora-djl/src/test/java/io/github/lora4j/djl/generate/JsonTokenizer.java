// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.generate;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import io.github.lora4j.data.ChatMessage;
import io.github.lora4j.data.LlmTokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Any {@code tokenizer.json} through Hugging Face's own tokenizers. */
final class JsonTokenizer implements LlmTokenizer {
  private final HuggingFaceTokenizer tokenizer;

  JsonTokenizer(Path json) {
    try {
      tokenizer = HuggingFaceTokenizer.newInstance(json, Map.of("truncation", "false"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Byte-level BPE of 2048 tokens. */
  static JsonTokenizer byteLevel() {
    return new JsonTokenizer(Path.of("src/test/resources/golden/tokenizer/tokenizer.json"));
  }

  /** As Llama 2: ▁ for a space, a character outside the vocabulary is one token a byte. */
  static JsonTokenizer sentencePieceLike(Path directory, String... words) {
    String bytes =
        IntStream.range(0, 256)
            .mapToObj(b -> "\"<0x%02X>\": %d".formatted(b, b + 3))
            .collect(Collectors.joining(", "));
    StringBuilder vocabulary = new StringBuilder(bytes);
    for (int i = 0; i < words.length; i++) {
      vocabulary.append(", \"%s\": %d".formatted(words[i], 259 + i));
    }
    String json =
        """
        {"version": "1.0", "truncation": null, "padding": null, "pre_tokenizer": null,
         "post_processor": null,
         "added_tokens": [
           {"id": 1, "content": "<s>", "single_word": false, "lstrip": false, "rstrip": false,
            "normalized": false, "special": true},
           {"id": 2, "content": "</s>", "single_word": false, "lstrip": false, "rstrip": false,
            "normalized": false, "special": true}],
         "normalizer": {"type": "Sequence", "normalizers": [
           {"type": "Prepend", "prepend": "▁"},
           {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]},
         "decoder": {"type": "Sequence", "decoders": [
           {"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
           {"type": "ByteFallback"}, {"type": "Fuse"},
           {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
         "model": {"type": "BPE", "unk_token": "<unk>", "fuse_unk": true, "byte_fallback": true,
           "vocab": {"<unk>": 0, "<s>": 1, "</s>": 2, %s}, "merges": []}}
        """
            .formatted(vocabulary);
    try {
      return new JsonTokenizer(Files.writeString(directory.resolve("tokenizer.json"), json));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public int[] encode(String text, boolean addSpecialTokens) {
    return Arrays.stream(tokenizer.encode(text, addSpecialTokens, false).getIds())
        .mapToInt(Math::toIntExact)
        .toArray();
  }

  @Override
  public String decode(int[] tokenIds, boolean skipSpecialTokens) {
    return tokenizer.decode(Arrays.stream(tokenIds).asLongStream().toArray(), skipSpecialTokens);
  }

  @Override
  public OptionalInt beginOfSequence() {
    return OptionalInt.of(1);
  }

  @Override
  public OptionalInt endOfSequence() {
    return OptionalInt.of(2);
  }

  @Override
  public int padding() {
    return 3;
  }

  @Override
  public boolean hasChatTemplate() {
    return false;
  }

  @Override
  public String applyChatTemplate(List<ChatMessage> messages, boolean addGenerationPrompt) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
