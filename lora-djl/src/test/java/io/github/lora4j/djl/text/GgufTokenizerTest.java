// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.lora4j.CheckpointException;
import io.github.lora4j.data.ChatMessage;
import io.github.lora4j.djl.format.GgufFile;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GgufTokenizerTest {
  private static final Path FILES = Path.of("src/test/resources/foreign/gguf/tokenizer");

  private static HuggingFaceConfig metadata(String pre) {
    try (GgufFile file = GgufFile.open(FILES.resolve(pre + ".gguf"))) {
      return file.metadata();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt-2", "llama-bpe", "qwen2"})
  void itTokenizesAsHuggingFacesDoes(String pre) throws IOException {
    JsonObject cases =
        JsonParser.parseString(Files.readString(FILES.resolve("encode.json"))).getAsJsonObject();
    try (HuggingFaceLlmTokenizer tokenizer =
        HuggingFaceLlmTokenizer.open(metadata(pre)).orElseThrow()) {
      for (JsonElement each : cases.getAsJsonArray(pre)) {
        JsonObject expected = each.getAsJsonObject();
        int[] ids =
            expected.getAsJsonArray("ids").asList().stream()
                .mapToInt(JsonElement::getAsInt)
                .toArray();
        assertArrayEquals(ids, tokenizer.encode(expected.get("text").getAsString(), true));
        assertEquals(expected.get("decoded").getAsString(), tokenizer.decode(ids, true));
      }
    }
  }

  @Test
  void specialTokensAndTheTemplateAreTheFiles() {
    try (HuggingFaceLlmTokenizer tokenizer =
        HuggingFaceLlmTokenizer.open(metadata("qwen2")).orElseThrow()) {
      assertEquals(OptionalInt.of(1), tokenizer.beginOfSequence());
      assertEquals(OptionalInt.of(2), tokenizer.endOfSequence());
      assertEquals(3, tokenizer.padding());
      assertEquals(
          "<s>Hello",
          tokenizer.applyChatTemplate(List.of(new ChatMessage("user", "Hello")), false));
    }
  }

  @ParameterizedTest
  @CsvSource({"tokenizer.ggml.model, llama", "tokenizer.ggml.pre, tekken"})
  void whatIsNotKnownExactlyIsNotTakenOver(String key, String value) {
    JsonObject json = metadata("gpt-2").json();
    json.addProperty(key, value);
    assertTrue(HuggingFaceLlmTokenizer.open(of(json)).isEmpty());
  }

  @ParameterizedTest
  @CsvSource({
    "tokenizer.ggml.bos_token_id, 2048",
    "tokenizer.ggml.eos_token_id, -1",
    "tokenizer.ggml.tokens, 7"
  })
  void damagedMetadataAreNamed(String key, int value) {
    JsonObject json = metadata("llama-bpe").json();
    json.addProperty(key, value);
    CheckpointException e =
        assertThrows(CheckpointException.class, () -> HuggingFaceLlmTokenizer.open(of(json)));
    assertTrue(e.getMessage().contains(key), e.getMessage());
  }

  @Test
  void aTokenThatStandsTwiceIsNamed() {
    JsonObject json = metadata("gpt-2").json();
    json.getAsJsonArray("tokenizer.ggml.tokens")
        .set(9, json.getAsJsonArray("tokenizer.ggml.tokens").get(8));
    CheckpointException e =
        assertThrows(CheckpointException.class, () -> HuggingFaceLlmTokenizer.open(of(json)));
    assertTrue(e.getMessage().contains("twice"), e.getMessage());
  }

  private static HuggingFaceConfig of(JsonObject json) {
    return HuggingFaceConfig.of(Path.of("model.gguf"), json);
  }
}
