// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import io.github.lora4j.djl.nn.RaggedBatch;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * What each row of a ragged batch is to predict: the label of the next cell (transformers: the
 * shift in {@code ForCausalLMLoss}).
 *
 * @param rows the rows that have something to predict, ascending
 * @param labels what each of them is to predict
 */
record NextTokenTargets(int[] rows, int[] labels) {
  /** The label that is not learned. */
  static final int IGNORED = -100;

  /**
   * Shifts padded labels onto the rows. The label of a token behind padding is not learned, for
   * nothing real predicts it.
   *
   * @param batch the batch
   * @param paddedLabels the labels, cell by cell
   */
  static NextTokenTargets shift(RaggedBatch batch, long[] paddedLabels) {
    int[] cells = batch.cells();
    int[] targets = new int[batch.size()];
    Arrays.fill(targets, IGNORED);
    for (int b = 0; b < batch.sequences(); b++) {
      for (int i = batch.offsets()[b]; i + 1 < batch.offsets()[b + 1]; i++) {
        if (batch.precedesNext(i)) {
          targets[i] = Math.toIntExact(paddedLabels[cells[i + 1]]);
        }
      }
    }
    int[] rows = IntStream.range(0, targets.length).filter(i -> targets[i] != IGNORED).toArray();
    return new NextTokenTargets(rows, Arrays.stream(rows).map(i -> targets[i]).toArray());
  }

  int count() {
    return rows.length;
  }
}
