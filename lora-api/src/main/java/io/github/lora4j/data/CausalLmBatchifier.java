// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.data;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.translate.Batchifier;
import java.util.Arrays;

/**
 * Pads rows of token ids to the longest of the batch (transformers: {@code
 * DataCollatorForSeq2Seq}).
 *
 * <p>Two come with a data set: one for the data, ({@code input_ids}, {@code attention_mask}) filled
 * with the padding id and 0, one for the labels, filled with {@link Example#IGNORED}.
 */
public final class CausalLmBatchifier implements Batchifier {
  private static final long serialVersionUID = 1L;
  private static final int MASK = 1;

  private final PaddingSide side;
  private final long[] fill;

  private CausalLmBatchifier(PaddingSide side, long... fill) {
    this.side = side;
    this.fill = fill;
  }

  /**
   * The batchifier of ({@code input_ids}, {@code attention_mask}).
   *
   * @param side where to pad
   * @param paddingId the id to pad {@code input_ids} with
   * @return the batchifier
   */
  public static CausalLmBatchifier forData(PaddingSide side, int paddingId) {
    return new CausalLmBatchifier(side, paddingId, 0);
  }

  /**
   * The batchifier of the labels.
   *
   * @param side where to pad
   * @return the batchifier
   */
  public static CausalLmBatchifier forLabels(PaddingSide side) {
    return new CausalLmBatchifier(side, Example.IGNORED);
  }

  /**
   * Stacks rows into a batch.
   *
   * @param rows for each row its arrays of shape (S of the row), INT64
   * @return for each array one of shape (rows, S of the longest), INT64, on the manager of the
   *     first row
   * @throws IllegalArgumentException if there is no row, or one has not the arrays expected
   */
  @Override
  public NDList batchify(NDList[] rows) {
    if (rows.length == 0) {
      throw new IllegalArgumentException("CausalLmBatchifier: a batch needs at least one row");
    }
    NDList batch = new NDList(fill.length);
    for (int kind = 0; kind < fill.length; kind++) {
      batch.add(pad(rows, kind));
    }
    return batch;
  }

  private NDArray pad(NDList[] rows, int kind) {
    long[][] values = new long[rows.length][];
    int longest = 0;
    for (int row = 0; row < rows.length; row++) {
      if (rows[row].size() != fill.length) {
        throw new IllegalArgumentException(
            "CausalLmBatchifier: row %d has %d arrays, expected %d"
                .formatted(row, rows[row].size(), fill.length));
      }
      values[row] = rows[row].get(kind).toLongArray();
      longest = Math.max(longest, values[row].length);
    }
    long[] padded = new long[rows.length * longest];
    Arrays.fill(padded, fill[kind]);
    for (int row = 0; row < rows.length; row++) {
      int shift = side == PaddingSide.LEFT ? longest - values[row].length : 0;
      System.arraycopy(values[row], 0, padded, row * longest + shift, values[row].length);
    }
    NDArray first = rows[0].get(kind);
    NDManager manager = first.getManager();
    NDArray batch = manager.create(padded, new Shape(rows.length, longest));
    batch.setName(first.getName());
    return batch;
  }

  /**
   * Takes a batch apart. Data rows lose their padding again; labels keep theirs, since a label of
   * {@link Example#IGNORED} may be prompt as well as padding.
   *
   * @param batch the arrays of shape (rows, S)
   * @return for each row its arrays, on the manager of the batch
   */
  @Override
  public NDList[] unbatchify(NDList batch) {
    NDList[] rows = STACK.unbatchify(batch);
    if (fill.length > MASK) {
      for (NDList row : rows) {
        unpad(row);
      }
    }
    return rows;
  }

  private void unpad(NDList row) {
    long length = Arrays.stream(row.get(MASK).toLongArray()).sum();
    for (int kind = 0; kind < row.size(); kind++) {
      NDArray padded = row.get(kind);
      long from = side == PaddingSide.LEFT ? padded.size() - length : 0;
      NDArray array = padded.get("{}:{}", from, from + length);
      array.setName(padded.getName());
      padded.close();
      row.set(kind, array);
    }
  }

  /**
   * Splits a batch by rows for several devices; all parts keep the length of the batch, so that
   * data and labels still fit each other.
   *
   * @param batch the arrays of shape (rows, S)
   * @param numOfSlices the number of parts
   * @param evenSplit whether the rows must divide evenly
   * @return the parts
   */
  @Override
  public NDList[] split(NDList batch, int numOfSlices, boolean evenSplit) {
    return STACK.split(batch, numOfSlices, evenSplit);
  }

  @Override
  public String toString() {
    return "CausalLmBatchifier[%s, fill %s]".formatted(side, Arrays.toString(fill));
  }
}
