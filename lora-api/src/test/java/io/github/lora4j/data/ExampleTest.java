// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

final class ExampleTest {
  @Test
  void examplesAreEqualByContent() {
    Example example = new Example(new int[] {1, 2}, new int[] {-100, 2});
    assertEquals(example, new Example(new int[] {1, 2}, new int[] {-100, 2}));
    assertEquals(example.hashCode(), new Example(new int[] {1, 2}, new int[] {-100, 2}).hashCode());
    assertNotEquals(example, new Example(new int[] {1, 2}, new int[] {1, 2}));
    assertEquals("Example[2 tokens, 1 learned]", example.toString());
  }

  @Test
  void firstTokenIsNeverLearned() {
    assertEquals(1, new Example(new int[] {1, 2}, new int[] {1, 2}).learnedTokens());
  }

  @Test
  void everyTokenNeedsALabel() {
    assertThrows(
        IllegalArgumentException.class, () -> new Example(new int[] {1}, new int[] {1, 2}));
  }
}
