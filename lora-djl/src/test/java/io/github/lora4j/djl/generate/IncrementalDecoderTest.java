// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.data.LlmTokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class IncrementalDecoderTest {
  private static final int[] NOTHING = {};

  @Test
  void aCharacterComesOutWithItsLastByte() {
    assertEquals(
        List.of("a", "", "é", "", "", "保", "", "", "", "😀", "!"),
        pieces(new ByteTokenizer(), ByteTokenizer.bytes("aé保😀!")));
  }

  @Test
  void anIncompleteCharacterComesOutAtTheEndOnly() {
    IncrementalDecoder decoder = new IncrementalDecoder(new ByteTokenizer(), true, NOTHING);
    assertEquals("", decoder.append(0xF0));
    assertEquals("", decoder.append(0x9F));
    assertEquals("\uFFFD", decoder.finish());
    assertEquals("", decoder.finish());
  }

  @Test
  void aReplacementCharacterThatTheModelWroteIsKept() {
    assertEquals("a\uFFFDb", joined(new ByteTokenizer(), ByteTokenizer.bytes("a\uFFFDb")));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void randomBytesDecodeAsTheyDoAtOnce(long seed) {
    int[] ids = new SplittableRandom(seed).ints(2000, 0, ByteTokenizer.VOCABULARY).toArray();
    ByteTokenizer tokenizer = new ByteTokenizer();
    assertEquals(tokenizer.decode(ids, true), joined(tokenizer, ids));
  }

  @ParameterizedTest
  @ValueSource(ints = {13, 14, 15, 16, 17, 18, 30, 31, 32, 33})
  void aCharacterAfterMalformedBytesIsWhole(int malformed) {
    String text = "保持 healthy 健康 again and again 😀";
    int[] bytes = ByteTokenizer.bytes(text);
    int[] ids = new int[malformed + bytes.length];
    Arrays.fill(ids, 0, malformed, 0xFF);
    System.arraycopy(bytes, 0, ids, malformed, bytes.length);
    assertEquals("\uFFFD".repeat(malformed) + text, joined(new ByteTokenizer(), ids));
  }

  @ParameterizedTest
  @ValueSource(ints = {0x80, 0xBF, 0xE4, 0xF0, 0xFF})
  void bytesThatAreNeverACharacterAreNotHeldForEver(int malformed) {
    int[] ids = IntStream.generate(() -> malformed).limit(500).toArray();
    ByteTokenizer tokenizer = new ByteTokenizer();
    IncrementalDecoder decoder = new IncrementalDecoder(tokenizer, true, NOTHING);
    StringBuilder text = new StringBuilder();
    for (int id : ids) {
      text.append(decoder.append(id));
    }
    assertTrue(text.length() >= 480, "held " + (500 - text.length()));
    text.append(decoder.finish());
    assertEquals(tokenizer.decode(ids, true), text.toString());
    assertTrue(tokenizer.decoded < 100 * 500, "decoded " + tokenizer.decoded);
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain text, ", "保持健康的三个提示。", "😀👩‍👩‍👧", "é"})
  void theCostDoesNotGrowWithTheText(String text) {
    int[] ids = ByteTokenizer.bytes(text.repeat(5000 / text.length()));
    ByteTokenizer tokenizer = new ByteTokenizer();
    joined(tokenizer, ids);
    assertTrue(tokenizer.decoded < 50L * ids.length, tokenizer.decoded + " for " + ids.length);
  }

  @Test
  void skippedTokensCostNothingLater() {
    ByteTokenizer tokenizer = new ByteTokenizer();
    int[] ids = IntStream.generate(() -> ByteTokenizer.END).limit(2000).toArray();
    ids[0] = 'a';
    ids[1] = 0xE4;
    ids[1998] = 0xBD;
    ids[1999] = 0xA0;
    assertEquals("a你", joined(tokenizer, ids));
    assertTrue(tokenizer.decoded < 5 * 2000, "decoded " + tokenizer.decoded);
  }

  @Test
  void specialTokensAreSkippedOrShown() {
    int[] ids = {'a', ByteTokenizer.END, 'b'};
    assertEquals("ab", joined(new ByteTokenizer(), ids));
    IncrementalDecoder decoder = new IncrementalDecoder(new ByteTokenizer(), false, NOTHING);
    assertEquals("a", decoder.append(ids[0]));
    assertEquals("</s>", decoder.append(ids[1]));
    assertEquals("b", decoder.append(ids[2]));
  }

  @Test
  void thePromptIsNotRepeated() {
    int[] prompt = ByteTokenizer.bytes("保持健康".repeat(20));
    IncrementalDecoder decoder = new IncrementalDecoder(new ByteTokenizer(), true, prompt);
    assertEquals("x", decoder.append('x'));
    assertEquals("", decoder.finish());
  }

  @Test
  void byteLevelTokensDecodeAsTheyDoAtOnce() {
    try (LlmTokenizer tokenizer = JsonTokenizer.byteLevel()) {
      String text = " Stay healthy: 保持健康的三个提示。\n\tNaïve 😀👩‍👩‍👧 emoji  ".repeat(10);
      int[] ids = tokenizer.encode(text, false);
      assertTrue(pieces(tokenizer, ids).contains(""), "no character is split over tokens");
      assertEquals(text, joined(tokenizer, ids));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void randomByteLevelTokensDecodeAsTheyDoAtOnce(long seed) {
    try (LlmTokenizer tokenizer = JsonTokenizer.byteLevel()) {
      int[] ids = new SplittableRandom(seed).ints(1000, 0, 2048).toArray();
      assertEquals(tokenizer.decode(ids, true), joined(tokenizer, ids));
    }
  }

  @Test
  void aWordKeepsTheSpaceThatDecodingItAloneWouldLose(@TempDir Path directory) {
    try (LlmTokenizer tokenizer =
        JsonTokenizer.sentencePieceLike(directory, "▁Hello", "▁wor", "ld", "▁", "!")) {
      int[] ids = new int[200];
      for (int i = 0; i < ids.length; i++) {
        ids[i] = 259 + i % 5;
      }
      assertEquals("Hello", tokenizer.decode(new int[] {259}, true));
      assertEquals(
          List.of("Hello", " wor", "ld", " ", "!", " Hello"), pieces(tokenizer, ids).subList(0, 6));
      assertEquals(tokenizer.decode(ids, true), joined(tokenizer, ids));
    }
  }

  @Test
  void theFirstWordKeepsItsSpaceAfterAPrompt(@TempDir Path directory) {
    try (LlmTokenizer tokenizer = JsonTokenizer.sentencePieceLike(directory, "▁Hello", "▁world")) {
      int[] prompt = {1, 259};
      assertEquals(" world", new IncrementalDecoder(tokenizer, true, prompt).append(260));
      assertEquals("world", new IncrementalDecoder(tokenizer, true, new int[] {1}).append(260));
    }
  }

  @Test
  void aSkippedTokenBetweenWordsDoesNotCostTheSpace(@TempDir Path directory) {
    try (LlmTokenizer tokenizer = JsonTokenizer.sentencePieceLike(directory, "▁Hello", "▁world")) {
      assertEquals(
          List.of("Hello", "", " world", " Hello"),
          pieces(tokenizer, new int[] {259, 2, 260, 259}));
    }
  }

  @Test
  void aLoneSpaceAtTheBeginningIsASpaceOnceAWordFollows(@TempDir Path directory) {
    try (LlmTokenizer tokenizer = JsonTokenizer.sentencePieceLike(directory, "▁Hello", "▁")) {
      assertEquals(List.of("", " Hello"), pieces(tokenizer, new int[] {260, 259}));
    }
  }

  @Test
  void charactersOutsideASentencePieceVocabularyComeOutWhole(@TempDir Path directory) {
    try (LlmTokenizer tokenizer = JsonTokenizer.sentencePieceLike(directory, "▁Hello", "▁", "!")) {
      String text = "Hello 保持健康的三个提示😀!".repeat(8);
      int[] ids = tokenizer.encode(text, false);
      List<String> pieces = pieces(tokenizer, ids);
      assertFalse(String.join("", pieces).contains("\uFFFD"));
      assertEquals(text, String.join("", pieces));
    }
  }

  private static String joined(LlmTokenizer tokenizer, int[] ids) {
    return String.join("", pieces(tokenizer, ids));
  }

  /** The piece of each token, and the rest if there is one. */
  private static List<String> pieces(LlmTokenizer tokenizer, int[] ids) {
    IncrementalDecoder decoder = new IncrementalDecoder(tokenizer, true, NOTHING);
    List<String> pieces = new ArrayList<>();
    for (int id : ids) {
      pieces.add(decoder.append(id));
    }
    String rest = decoder.finish();
    if (!rest.isEmpty()) {
      pieces.add(rest);
    }
    return pieces;
  }
}
