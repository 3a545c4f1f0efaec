// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.LoraException;
import java.util.List;
import org.junit.jupiter.api.Test;

class RaggedBatchTest {
  @Test
  void paddingOnTheRightIsLeftOut() {
    RaggedBatch batch =
        RaggedBatch.pack(new long[] {5, 6, 7, 8, 9, 0}, new long[] {1, 1, 1, 1, 1, 0}, 2);
    assertArrayEquals(new int[] {5, 6, 7, 8, 9}, batch.tokenIds());
    assertArrayEquals(new int[] {0, 1, 2, 0, 1}, batch.positions());
    assertArrayEquals(new int[] {0, 3, 5}, batch.offsets());
    assertArrayEquals(new int[] {0, 1, 2, 3, 4}, batch.cells());
    assertEquals(2, batch.paddedRows());
    assertEquals(3, batch.paddedColumns());
    assertFalse(batch.isDense());
  }

  /** As transformers counts positions in forward: by the column, padding counted. */
  @Test
  void paddingOnTheLeftIsLeftOutAndCounted() {
    RaggedBatch batch =
        RaggedBatch.pack(new long[] {0, 6, 7, 0, 0, 9}, new long[] {0, 1, 1, 0, 0, 1}, 2);
    assertArrayEquals(new int[] {6, 7, 9}, batch.tokenIds());
    assertArrayEquals(new int[] {1, 2, 2}, batch.positions());
    assertArrayEquals(new int[] {0, 2, 3}, batch.offsets());
    assertArrayEquals(new int[] {1, 2, 5}, batch.cells());
  }

  @Test
  void positionsMayBeCountedWithoutPadding() {
    long[] ids = {0, 6, 7, 5, 0, 9};
    long[] mask = {0, 1, 1, 1, 0, 1};
    RaggedBatch batch = RaggedBatch.pack(ids, mask, 2, PositionCounting.TOKENS);
    assertArrayEquals(new int[] {0, 1, 0, 1}, batch.positions());
    assertArrayEquals(new int[] {1, 2, 3, 5}, batch.cells());
  }

  @Test
  void holesAreLeftOut() {
    RaggedBatch batch = RaggedBatch.pack(new long[] {5, 0, 7, 0, 9}, new long[] {1, 0, 1, 0, 1}, 1);
    assertArrayEquals(new int[] {5, 7, 9}, batch.tokenIds());
    assertArrayEquals(new int[] {0, 2, 4}, batch.positions());
    assertArrayEquals(new int[] {0, 2, 4}, batch.cells());
    assertEquals(3, batch.length(0));
  }

  @Test
  void aRowOfPaddingIsAnEmptySequence() {
    RaggedBatch batch =
        RaggedBatch.pack(new long[] {5, 6, 0, 0, 7, 8}, new long[] {1, 1, 0, 0, 1, 1}, 3);
    assertArrayEquals(new int[] {0, 2, 2, 4}, batch.offsets());
    assertEquals(3, batch.sequences());
    assertEquals(0, batch.length(1));
    assertEquals(List.of(new RaggedBatch.Run(0, 1, 2), new RaggedBatch.Run(2, 1, 2)), batch.runs());
  }

  @Test
  void neighboursOfEqualLengthMakeOneRun() {
    RaggedBatch batch =
        RaggedBatch.of(
            List.of(new int[] {1, 2}, new int[] {3, 4}, new int[] {5}, new int[] {6, 7}));
    assertEquals(
        List.of(
            new RaggedBatch.Run(0, 2, 2),
            new RaggedBatch.Run(4, 1, 1),
            new RaggedBatch.Run(5, 1, 2)),
        batch.runs());
  }

  @Test
  void aMaskOfOnesIsDense() {
    RaggedBatch batch = RaggedBatch.pack(new long[] {1, 2, 3, 4}, new long[] {1, 1, 1, 1}, 2);
    assertTrue(batch.isDense());
    assertEquals(List.of(new RaggedBatch.Run(0, 2, 2)), batch.runs());
  }

  @Test
  void sequencesAreCountedFromZeroAndFillFromTheLeft() {
    RaggedBatch batch = RaggedBatch.of(List.of(new int[] {5}, new int[] {6, 7, 8}));
    assertArrayEquals(new int[] {0, 0, 1, 2}, batch.positions());
    assertArrayEquals(new int[] {0, 3, 4, 5}, batch.cells());
    assertArrayEquals(new int[] {0, 1, 4}, batch.offsets());
    assertEquals(4, batch.size());
  }

  @Test
  void packingIsTheInverseOfItsCells() {
    long[] ids = {5, 0, 7, 0, 9, 10, 11, 0};
    long[] mask = {1, 0, 1, 0, 1, 1, 1, 0};
    RaggedBatch batch = RaggedBatch.pack(ids, mask, 2);
    for (int i = 0; i < batch.size(); i++) {
      assertEquals(ids[batch.cells()[i]], batch.tokenIds()[i]);
      assertEquals(1, mask[batch.cells()[i]]);
    }
    assertEquals(5, batch.size());
  }

  @Test
  void nothingPacksToNothing() {
    RaggedBatch batch = RaggedBatch.pack(new long[0], new long[0], 0);
    assertEquals(0, batch.size());
    assertEquals(List.of(), batch.runs());
    assertEquals(List.of(), RaggedBatch.of(List.of()).runs());
    assertThrows(LoraException.class, () -> batch.check(10, 10));
  }

  @Test
  void lengthsUpToThePositionsAreTaken() {
    RaggedBatch batch = RaggedBatch.of(List.of(new int[] {1, 2, 3}));
    batch.check(4, 3);
    String message = assertThrows(LoraException.class, () -> batch.check(4, 2)).getMessage();
    assertTrue(message.contains("3 tokens are more than the model's 2 positions"), message);
  }
}
