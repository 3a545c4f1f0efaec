// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import io.github.lora4j.LoraAdapter;
import io.github.lora4j.djl.kernel.RowOps;
import io.github.lora4j.peft.TensorRole;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Rows that stand in the place of a table's own (PEFT: {@code TrainableTokensLayer}). An embedding
 * and a head that share a table share these too.
 */
public final class TokenRows {
  private final RowOps ops;
  private final Parameter values;
  private final NDArray rows;
  private final NDArray sorted;
  private final NDArray order;

  /**
   * Names the rows.
   *
   * @param ops the operators
   * @param indices which rows, each once
   * @param values what stands there, shape (rows, width), in the order of the indices; its manager
   *     owns what else is made
   */
  public TokenRows(RowOps ops, List<Integer> indices, NDArray values) {
    this.ops = ops;
    this.values = LoraAdapter.parameter(TensorRole.TRAINABLE_TOKENS.container(), values);
    NDManager manager = values.getManager();
    rows = longs(manager, indices);
    List<Integer> byIndex =
        IntStream.range(0, indices.size())
            .boxed()
            .sorted(Comparator.comparing(indices::get))
            .toList();
    order = longs(manager, byIndex);
    sorted = longs(manager, byIndex.stream().map(indices::get).toList());
  }

  private static NDArray longs(NDManager manager, List<Integer> values) {
    return manager.create(values.stream().mapToLong(Integer::longValue).toArray());
  }

  /**
   * A table's own rows.
   *
   * @param ops the operators
   * @param table shape (vocabulary, width)
   * @param indices which rows
   * @param manager owns the result
   * @return shape (rows, width)
   */
  public static NDArray of(RowOps ops, NDArray table, List<Integer> indices, NDManager manager) {
    try (NDArray rows = longs(manager, indices)) {
      return ops.rows().apply(rows, table);
    }
  }

  /**
   * What stands in the rows.
   *
   * @return the parameter, shape (rows, width)
   */
  public Parameter values() {
    return values;
  }

  /**
   * A table with these rows.
   *
   * @param table shape (vocabulary, width); left as it is
   * @param manager owns the result
   * @return shape (vocabulary, width)
   */
  public NDArray in(NDArray table, NDManager manager) {
    try (NDArray own = values.getArray().stopGradient()) {
      NDArray replaced = ops.replaced().apply(own, table, rows);
      replaced.attach(manager);
      return replaced;
    }
  }

  /** y, which was picked from the table by ids and scaled, with the rows of its own. */
  NDArray embedded(NDArray ids, NDArray y, double scale) {
    return ops.replaceEmbedded(scale).apply(ids, y, values.getArray(), sorted, order);
  }

  /** x Wᵀ, written over y, which is that with the table's own W; biased if y is. */
  NDArray projected(NDArray x, NDArray y, NDArray... bias) {
    return bias.length == 0
        ? ops.replaceProjected().apply(x, y, values.getArray(), rows)
        : ops.replaceProjectedWithBias().apply(x, y, values.getArray(), rows, bias[0]);
  }

  /** The gradient of {@link #values} where y = x Wᵀ. */
  NDArray gradient(NDArray dy, NDArray x) {
    return ops.replacedGradient().apply(dy, x, rows);
  }

  /** dy, zero where y is of these rows. */
  NDArray ofOthers(NDArray dy) {
    return ops.withoutColumns().apply(dy, rows);
  }

  /** Adds to the gradient of x what comes of these rows. */
  NDArray addInputGradient(NDArray dx, NDArray dy) {
    return ops.addInputGradient().apply(dx, dy, values.getArray(), rows);
  }
}
