// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import io.github.lora4j.AppliedAdapter;
import io.github.lora4j.djl.kernel.NativeLowRank.Rows;

/**
 * Rows of a batch that lie one after the other.
 *
 * @param from the first
 * @param to the row after the last
 */
record RowSpan(int from, int to) {
  static RowSpan of(AppliedAdapter applied) {
    return new RowSpan(applied.from(), applied.to());
  }

  int count() {
    return to - from;
  }

  /** These rows where they lie; the matrix itself if they are all of its rows. */
  NDArray of(NDArray matrix) {
    return count() == matrix.getShape().get(0)
        ? matrix
        : matrix.get(new NDIndex().addSliceDim(from, to));
  }

  /** These rows where they lie. */
  Rows of(Rows matrix) {
    return matrix.rows(from, to);
  }
}
