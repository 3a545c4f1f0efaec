// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.pretrain;

import io.github.lora4j.data.Example;
import io.github.lora4j.djl.nn.RaggedBatch;
import java.util.Arrays;
import java.util.Iterator;

/**
 * Rows of equal length, filled with examples one after the other, so that no cell is padding; the
 * example that does not fit is cut.
 */
final class PackedRows {
  private final Iterator<Example> examples;
  private final int rows;
  private final int columns;

  PackedRows(Iterator<Example> examples, int rows, int columns) {
    this.examples = examples;
    this.rows = rows;
    this.columns = columns;
  }

  Batch next() {
    long[] inputIds = new long[rows * columns];
    long[] labels = new long[rows * columns];
    for (int row = 0; row < rows; row++) {
      fill(inputIds, labels, row * columns, (row + 1) * columns);
    }
    long[] mask = new long[rows * columns];
    Arrays.fill(mask, 1);
    return new Batch(RaggedBatch.pack(inputIds, mask, rows), labels);
  }

  private void fill(long[] inputIds, long[] labels, int start, int end) {
    int cell = start;
    while (cell < end) {
      Example example = examples.next();
      for (int i = 0; i < example.length() && cell < end; i++, cell++) {
        inputIds[cell] = example.inputIds()[i];
        labels[cell] = example.labels()[i];
      }
    }
  }

  /** Rows with a label for each cell. */
  record Batch(RaggedBatch tokens, long[] labels) {}
}
