// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.lora4j.CheckpointException;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.data.ChatMessage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

final class HuggingFaceLlmTokenizerTest {
  static final Path GOLDEN = Path.of("src/test/resources/golden/tokenizer");

  @TempDir Path directory;

  static Stream<JsonObject> goldenTexts() throws IOException {
    JsonArray cases =
        JsonParser.parseString(Files.readString(GOLDEN.resolve("encode.json"))).getAsJsonArray();
    return cases.asList().stream().map(JsonElement::getAsJsonObject);
  }

  @ParameterizedTest
  @MethodSource("goldenTexts")
  void idsAndTextsEqualTransformers(JsonObject expected) {
    try (HuggingFaceLlmTokenizer tokenizer = HuggingFaceLlmTokenizer.open(GOLDEN)) {
      String text = expected.get("text").getAsString();
      int[] ids = ints(expected.getAsJsonArray("ids"));
      assertArrayEquals(ids, tokenizer.encode(text, true));
      assertArrayEquals(
          ints(expected.getAsJsonArray("ids_no_special")), tokenizer.encode(text, false));
      assertEquals(expected.get("decoded").getAsString(), tokenizer.decode(ids, false));
      assertEquals(expected.get("decoded_skip").getAsString(), tokenizer.decode(ids, true));
    }
  }

  @Test
  void specialTokensComeFromTheTokenizerConfig() {
    try (HuggingFaceLlmTokenizer tokenizer = HuggingFaceLlmTokenizer.open(GOLDEN)) {
      assertEquals(OptionalInt.of(1), tokenizer.beginOfSequence());
      assertEquals(OptionalInt.of(2), tokenizer.endOfSequence());
      assertArrayEquals(new int[] {2}, tokenizer.endOfSequenceIds());
      assertEquals(3, tokenizer.padding());
    }
  }

  @Test
  void longTextsAreNeitherCutNorPadded() throws IOException {
    // Even if tokenizer.json itself asks for both.
    JsonObject json =
        JsonParser.parseString(Files.readString(GOLDEN.resolve("tokenizer.json")))
            .getAsJsonObject();
    json.add(
        "truncation",
        JsonParser.parseString(
            "{\"direction\":\"Right\",\"max_length\":4,\"strategy\":\"LongestFirst\",\"stride\":0}"));
    json.add(
        "padding",
        JsonParser.parseString(
            "{\"strategy\":{\"Fixed\":16},\"direction\":\"Right\",\"pad_to_multiple_of\":null,"
                + "\"pad_id\":3,\"pad_type_id\":0,\"pad_token\":\"<pad>\"}"));
    write("tokenizer.json", json.toString());
    try (HuggingFaceLlmTokenizer tokenizer = HuggingFaceLlmTokenizer.open(directory)) {
      assertEquals(1, tokenizer.encode("a", true).length);
      assertEquals(5000, tokenizer.encode("a\n".repeat(2500), true).length);
    }
  }

  @Test
  void tokensMayBeObjectsWithContent() throws IOException {
    copyTokenizer();
    write(
        "tokenizer_config.json",
        "{\"eos_token\":{\"content\":\"</s>\",\"special\":true},\"bos_token\":null}");
    write("special_tokens_map.json", "{\"bos_token\":\"<s>\",\"eos_token\":\"<pad>\"}");
    try (HuggingFaceLlmTokenizer tokenizer = HuggingFaceLlmTokenizer.open(directory)) {
      assertEquals(OptionalInt.of(2), tokenizer.endOfSequence());
      assertEquals(OptionalInt.of(1), tokenizer.beginOfSequence());
      assertEquals(2, tokenizer.padding());
    }
  }

  @Test
  void idsOfTheModelConfigFillInWhatTheTokenizerLacks() throws IOException {
    copyTokenizer();
    write("config.json", "{\"bos_token_id\":1,\"eos_token_id\":7,\"pad_token_id\":-1}");
    write("generation_config.json", "{\"eos_token_id\":[2,3]}");
    try (HuggingFaceLlmTokenizer tokenizer = HuggingFaceLlmTokenizer.open(directory)) {
      assertEquals(OptionalInt.of(1), tokenizer.beginOfSequence());
      assertArrayEquals(new int[] {2, 3}, tokenizer.endOfSequenceIds());
      assertEquals(2, tokenizer.padding());
    }
  }

  @Test
  void endsOfTheGenerationConfigAreAddedToTheTokenizersOwn() throws IOException {
    copyTokenizer();
    write("tokenizer_config.json", "{\"eos_token\":\"</s>\"}");
    write("generation_config.json", "{\"eos_token_id\":[3,2]}");
    try (HuggingFaceLlmTokenizer tokenizer = HuggingFaceLlmTokenizer.open(directory)) {
      assertEquals(OptionalInt.of(2), tokenizer.endOfSequence());
      assertArrayEquals(new int[] {2, 3}, tokenizer.endOfSequenceIds());
    }
  }

  @Test
  void tokenizerAloneIsEnough() throws IOException {
    copyTokenizer();
    try (HuggingFaceLlmTokenizer tokenizer = HuggingFaceLlmTokenizer.open(directory)) {
      assertEquals(OptionalInt.empty(), tokenizer.beginOfSequence());
      assertEquals(OptionalInt.empty(), tokenizer.endOfSequence());
      assertEquals(0, tokenizer.padding());
      assertFalse(tokenizer.hasChatTemplate());
      ConfigurationException e =
          assertThrows(
              ConfigurationException.class,
              () -> tokenizer.applyChatTemplate(List.of(ChatMessage.user("Hi")), true));
      assertTrue(e.getMessage().contains("no chat template"), e.getMessage());
    }
  }

  @Test
  void chatTemplateFileIsApplied() {
    try (HuggingFaceLlmTokenizer tokenizer = HuggingFaceLlmTokenizer.open(GOLDEN)) {
      assertTrue(tokenizer.hasChatTemplate());
      assertEquals(
          "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n",
          tokenizer.applyChatTemplate(List.of(ChatMessage.user("Hi")), true));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"chat_template\":\"plain {{ eos_token }}\",\"eos_token\":\"</s>\"}|plain </s>",
        "{\"chat_template\":[{\"name\":\"tool_use\",\"template\":\"t\"},{\"name\":\"default\",\"template\":\"d\"}]}|d",
        "{\"chat_template\":[{\"name\":\"only\",\"template\":\"o\"}]}|o",
      })
  void chatTemplateOfTheConfigIsApplied(String config, String expected) throws IOException {
    copyTokenizer();
    write("tokenizer_config.json", config);
    try (HuggingFaceLlmTokenizer tokenizer = HuggingFaceLlmTokenizer.open(directory)) {
      assertEquals(expected, tokenizer.applyChatTemplate(List.of(ChatMessage.user("Hi")), false));
    }
  }

  @Test
  void unsupportedTemplateDoesNotKeepTheTokenizerFromOpening() throws IOException {
    copyTokenizer();
    write("chat_template.jinja", "{% include 'x' %}");
    try (HuggingFaceLlmTokenizer tokenizer = HuggingFaceLlmTokenizer.open(directory)) {
      assertEquals(5, tokenizer.encode("Hello world", true).length);
      assertThrows(
          ConfigurationException.class,
          () -> tokenizer.applyChatTemplate(List.of(ChatMessage.user("Hi")), true));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "tokenizer_config.json|{\"eos_token\":7}|eos_token",
        "tokenizer_config.json|{\"eos_token\":{\"text\":\"</s>\"}}|eos_token",
        "tokenizer_config.json|{\"pad_token\":\"<nope>\"}|pad_token",
        "tokenizer_config.json|{\"chat_template\":7}|chat_template",
        "tokenizer_config.json|{\"chat_template\":[{\"name\":\"x\"}]}|chat_template",
        "tokenizer_config.json|[]|expected a JSON object",
        "tokenizer_config.json|{\"eos_token\":|malformed JSON",
        "special_tokens_map.json|{\"bos_token\":[]}|bos_token",
        "generation_config.json|{\"eos_token_id\":\"2\"}|eos_token_id",
        "generation_config.json|{\"eos_token_id\":[2,null]}|eos_token_id",
        "config.json|{\"pad_token_id\":1.5}|pad_token_id",
        "config.json|{\"pad_token_id\":99999999999}|pad_token_id",
        "tokenizer.json|{\"model\":|not a tokenizer",
        "tokenizer.json|{}|not a tokenizer",
        "tokenizer.json|``|not a tokenizer",
      })
  void damagedFileIsNamedWithItsField(String file, String content, String found)
      throws IOException {
    copyTokenizer();
    write(file, content);
    CheckpointException e =
        assertThrows(CheckpointException.class, () -> HuggingFaceLlmTokenizer.open(directory));
    assertTrue(e.getMessage().contains(file), e.getMessage());
    assertTrue(e.getMessage().contains(found), e.getMessage());
  }

  @Test
  void missingTokenizerIsSaidToBeMissing() {
    CheckpointException e =
        assertThrows(CheckpointException.class, () -> HuggingFaceLlmTokenizer.open(directory));
    assertTrue(e.getMessage().contains("tokenizer.json: no such file"), e.getMessage());
  }

  @Test
  void closedTokenizerRefusesWork() {
    HuggingFaceLlmTokenizer tokenizer = HuggingFaceLlmTokenizer.open(GOLDEN);
    tokenizer.close();
    tokenizer.close();
    assertThrows(IllegalStateException.class, () -> tokenizer.encode("a", true));
    assertThrows(IllegalStateException.class, () -> tokenizer.decode(new int[] {1}, true));
  }

  @Test
  void threadsMayShareATokenizer() {
    try (HuggingFaceLlmTokenizer tokenizer = HuggingFaceLlmTokenizer.open(GOLDEN)) {
      int[] expected = tokenizer.encode("mixed 中文 and English 123", true);
      boolean same =
          IntStream.range(0, 2000)
              .parallel()
              .allMatch(
                  i ->
                      java.util.Arrays.equals(
                          expected, tokenizer.encode("mixed 中文 and English 123", true)));
      assertTrue(same);
    }
  }

  private void copyTokenizer() throws IOException {
    Files.copy(GOLDEN.resolve("tokenizer.json"), directory.resolve("tokenizer.json"));
  }

  private void write(String file, String content) throws IOException {
    Files.writeString(directory.resolve(file), content);
  }

  static int[] ints(JsonArray array) {
    return array.asList().stream().mapToInt(JsonElement::getAsInt).toArray();
  }
}
