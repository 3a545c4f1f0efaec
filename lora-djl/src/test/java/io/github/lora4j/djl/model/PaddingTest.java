// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a sequence computes depends neither on its padding nor on its neighbours. */
class PaddingTest {
  private static final double TOLERANCE = 1e-5;
  private static final long[] SEQUENCE = {5, 9, 11, 7, 30};
  private static final long[] LONGER = {8, 4, 60, 21, 6, 33, 17};

  static Stream<Path> checkpoints() {
    return Stream.concat(
        TinyModels.checkpoints(),
        Stream.of(
            TinyModels.SAMPLES.resolve("bloom-6-heads"),
            TinyModels.SAMPLES.resolve("llama-biases")));
  }

  /** All but GPT-2, which has a row of a table for each column, as in transformers. */
  static Stream<Path> withoutTablesOfColumns() {
    return checkpoints().filter(checkpoint -> !checkpoint.endsWith("gpt2"));
  }

  /** Logits of a batch of rows with 0 for padding. */
  private static float[] logits(CheckpointModel model, long[]... rows) {
    int columns = rows[0].length;
    long[] ids = Stream.of(rows).flatMapToLong(Arrays::stream).toArray();
    long[] mask = Arrays.stream(ids).map(id -> id == 0 ? 0 : 1).toArray();
    try (NDManager scope = model.getNDManager().newSubManager()) {
      Shape shape = new Shape(rows.length, columns);
      NDList batch = new NDList(scope.create(ids, shape), scope.create(mask, shape));
      return TinyModels.forward(model, scope, batch).toFloatArray();
    }
  }

  /** The logits of some cells of a row. */
  private static float[] cells(CheckpointModel model, float[] logits, int from, int count) {
    int width = model.decoder().spec().vocabularySize();
    return Arrays.copyOfRange(logits, from * width, (from + count) * width);
  }

  private static long[] padded(long[] sequence, int left, int right) {
    long[] row = new long[left + sequence.length + right];
    System.arraycopy(sequence, 0, row, left, sequence.length);
    return row;
  }

  @ParameterizedTest
  @MethodSource("withoutTablesOfColumns")
  void paddingOnEitherSideChangesNoLogit(Path checkpoint) {
    try (CheckpointModel model = TinyModels.load(checkpoint)) {
      float[] bare;
      try (NDManager scope = model.getNDManager().newSubManager()) {
        NDList withoutMask = new NDList(scope.create(SEQUENCE, new Shape(1, 5)));
        bare = TinyModels.forward(model, scope, withoutMask).toFloatArray();
      }
      assertArrayEquals(bare, logits(model, SEQUENCE));
      float[] right = cells(model, logits(model, padded(SEQUENCE, 0, 4)), 0, 5);
      float[] left = cells(model, logits(model, padded(SEQUENCE, 4, 0)), 4, 5);
      assertArrayEquals(bare, right);
      // Positions count padding on the left: rotated by other angles, equal but for rounding.
      assertEquals(0, TinyModels.maxDifference(bare, left), TOLERANCE);
    }
  }

  @ParameterizedTest
  @MethodSource("checkpoints")
  void aRowDoesNotDependOnItsNeighbours(Path checkpoint) {
    try (CheckpointModel model = TinyModels.load(checkpoint)) {
      long[] row = padded(SEQUENCE, 0, 2);
      long[] other = {40, 41, 42, 43, 44, 45, 46};
      float[] alone = cells(model, logits(model, row), 0, 5);
      float[] first = cells(model, logits(model, row, LONGER), 0, 5);
      float[] last = cells(model, logits(model, LONGER, other, row), 14, 5);
      float[] twin = logits(model, row, row);
      assertEquals(0, TinyModels.maxDifference(alone, first), TOLERANCE);
      assertEquals(0, TinyModels.maxDifference(alone, last), TOLERANCE);
      assertEquals(0, TinyModels.maxDifference(alone, cells(model, twin, 7, 5)), TOLERANCE);
      // The neighbour may be any of the same length: the row's bits are the same.
      assertArrayEquals(first, cells(model, logits(model, row, other), 0, 5));
    }
  }

  @ParameterizedTest
  @MethodSource("checkpoints")
  void aRowOfPaddingAloneIsZeroAndChangesNothing(Path checkpoint) {
    try (CheckpointModel model = TinyModels.load(checkpoint)) {
      long[] nothing = new long[5];
      float[] both = logits(model, nothing, SEQUENCE);
      int width = model.decoder().spec().vocabularySize();
      assertArrayEquals(new float[5 * width], cells(model, both, 0, 5));
      assertArrayEquals(logits(model, SEQUENCE), cells(model, both, 5, 5));
    }
  }
}
