// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.data.LlmTokenizer;
import io.github.lora4j.generate.GenerationConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TextStreamTest {
  @Test
  void aStopStringOfSplitCharactersEndsTheText() {
    TextStream stream = stream(new ByteTokenizer(), "健康😀");
    StringBuilder pieces = new StringBuilder();
    for (int id : ByteTokenizer.bytes("保持健康。健康😀的三个")) {
      pieces.append(stream.append(id));
    }
    pieces.append(stream.finish());
    assertTrue(stream.stopped());
    assertEquals("保持健康。", stream.text());
    assertEquals(stream.text(), pieces.toString());
  }

  @Test
  void theEndGivesBothTheHeldStopStringAndTheIncompleteCharacter() {
    TextStream stream = stream(new ByteTokenizer(), "abc");
    assertEquals("x", stream.append('x'));
    assertEquals("", stream.append('a'));
    assertEquals("", stream.append(0xE4));
    assertEquals("a\uFFFD", stream.finish());
    assertFalse(stream.stopped());
    assertEquals("xa\uFFFD", stream.text());
  }

  @ParameterizedTest
  @ValueSource(strings = {"\n\n", "健康", "tips", "</s>", "0"})
  void piecesNeverHoldAnyPartOfTheStopString(String stop) {
    String text = "Three tips: 保持健康的三个提示。\n\n1. Sleep 😀\n\n2. Eat </ well";
    try (LlmTokenizer tokenizer = JsonTokenizer.byteLevel()) {
      TextStream stream = stream(tokenizer, stop);
      StringBuilder pieces = new StringBuilder();
      for (int id : tokenizer.encode(text, false)) {
        pieces.append(stream.append(id));
      }
      pieces.append(stream.finish());
      int end = text.indexOf(stop);
      assertEquals(end >= 0, stream.stopped());
      assertEquals(end >= 0 ? text.substring(0, end) : text, pieces.toString());
      assertEquals(stream.text(), pieces.toString());
    }
  }

  private static TextStream stream(LlmTokenizer tokenizer, String stop) {
    GenerationConfig config = GenerationConfig.builder().stopStrings(stop).build();
    return new TextStream(tokenizer, config, new int[0]);
  }
}
