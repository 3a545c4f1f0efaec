// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.LoraException;
import io.github.lora4j.djl.kernel.TorchOps;
import java.util.Arrays;
import java.util.stream.IntStream;

/** The edge between the padded matrices of DJL's blocks and the ragged batch inside. */
final class Padding {
  private Padding() {}

  /**
   * Takes the padding off.
   *
   * @param inputs input_ids and, if need be, attention_mask, both integers (B, S); what follows is
   *     not looked at
   * @param counting how positions are counted
   * @return the tokens, their ids not held against any vocabulary
   * @throws LoraException if a shape or a type is wrong
   */
  static RaggedBatch pack(NDList inputs, PositionCounting counting) {
    checkShapes(inputs);
    NDArray ids = inputs.get(0);
    long[] tokens = CausalLmBlock.longs(ids);
    long[] mask;
    if (inputs.size() > 1) {
      mask = CausalLmBlock.longs(inputs.get(1));
    } else {
      mask = new long[tokens.length];
      Arrays.fill(mask, 1);
    }
    return RaggedBatch.pack(tokens, mask, Math.toIntExact(ids.getShape().get(0)), counting);
  }

  private static void checkShapes(NDList inputs) {
    if (inputs.isEmpty()) {
      throw new LoraException("input_ids: expected int64 of shape (batch, length), found nothing");
    }
    NDArray ids = inputs.get(0);
    if (ids.getShape().dimension() != 2 || !ids.getDataType().isInteger()) {
      throw new LoraException(
          "input_ids: expected int64 of shape (batch, length), found %s %s; one sequence is a batch of one row"
              .formatted(ids.getDataType(), ids.getShape()));
    }
    if (ids.getShape().size() == 0) {
      throw new LoraException(
          "input_ids: expected at least one token, found shape %s; leave empty batches out"
              .formatted(ids.getShape()));
    }
    if (inputs.size() > 1) {
      requireShapeOfIds("attention_mask", inputs.get(1), ids);
    }
  }

  static void requireShapeOfIds(String name, NDArray array, NDArray ids) {
    if (!array.getShape().equals(ids.getShape())) {
      throw new LoraException(
          "%s: expected the shape %s of input_ids, found %s"
              .formatted(name, ids.getShape(), array.getShape()));
    }
  }

  /**
   * Puts the rows of real tokens back into the padded matrix.
   *
   * @param ops the operators
   * @param rows shape (T, N)
   * @param batch where they came from
   * @return shape (B, S, N), zero where there was padding
   */
  static NDArray pad(TorchOps ops, NDArray rows, RaggedBatch batch) {
    long width = rows.getShape().get(1);
    Shape padded = new Shape(batch.paddedRows(), batch.paddedColumns(), width);
    if (batch.isDense()) {
      return rows.reshape(padded);
    }
    NDManager manager = rows.getManager();
    int[] realRows = batch.realRows();
    NDArray cells = longs(manager, Arrays.stream(realRows).map(row -> batch.cells()[row]));
    NDArray empty =
        manager.zeros(new Shape((long) batch.paddedRows() * batch.paddedColumns(), width));
    NDArray real =
        realRows.length == batch.size()
            ? rows
            : ops.selectRows().apply(rows, longs(manager, Arrays.stream(realRows)));
    return ops.addRows().apply(empty, cells, real).reshape(padded);
  }

  private static NDArray longs(NDManager manager, IntStream values) {
    return manager.create(values.asLongStream().toArray());
  }
}
