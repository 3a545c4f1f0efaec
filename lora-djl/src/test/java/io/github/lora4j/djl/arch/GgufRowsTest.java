// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.arch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class GgufRowsTest {
  private static final GgufRows ROWS = new GgufRows(2, 1);

  @Test
  void halvesOfEachHeadAlternateInTheFile() {
    assertArrayEquals(new int[] {0, 2, 1, 3, 4, 6, 5, 7}, ROWS.inFile("a.q_proj", 8));
    assertArrayEquals(new int[] {0, 2, 4, 6, 1, 3, 5, 7}, ROWS.inFile("a.k_proj", 8));
  }

  @Test
  void theOtherWayRoundIsTheInverse() {
    int[] inFile = ROWS.inFile("a.q_proj", 24);
    int[] back = ROWS.inTransformers("a.q_proj", 24);
    for (int row = 0; row < 24; row++) {
      assertEquals(row, back[inFile[row]]);
    }
  }

  @Test
  void onlyQueriesAndKeysOfALlamaDiffer() {
    assertTrue(GgufRows.differ("llama", "model.layers.0.self_attn.q_proj"));
    assertTrue(GgufRows.differ("llama", "model.layers.0.self_attn.k_proj"));
    assertFalse(GgufRows.differ("llama", "model.layers.0.self_attn.v_proj"));
    assertFalse(GgufRows.differ("qwen2", "model.layers.0.self_attn.q_proj"));
  }
}
