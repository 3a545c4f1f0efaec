// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.github.lora4j.djl.kernel.TorchOps;
import java.util.Arrays;

/** How the rows of virtual tokens and those of real ones are brought together, and told apart. */
final class VirtualRows {
  private static final String JOIN =
      """
        def forward(self: __torch__.Op, rows: Tensor, tokens: Tensor, order: Tensor) -> Tensor:
          return torch.index_select(torch.cat([tokens, rows]), 0, torch.clone(order))
      """;

  private VirtualRows() {}

  /** Whether a batch has virtual tokens among its own. */
  static boolean areAmong(int[] tokenIds) {
    return Arrays.stream(tokenIds).anyMatch(RaggedBatch::isVirtual);
  }

  /** The ids that stand in the table of embeddings. */
  static int[] real(int[] tokenIds) {
    return Arrays.stream(tokenIds).filter(id -> !RaggedBatch.isVirtual(id)).toArray();
  }

  /**
   * Where each row of a batch is found: the virtual ones first, the real ones behind them in the
   * order of the batch.
   *
   * @param tokenIds the batch's
   * @param count how many virtual tokens there are
   */
  static NDArray order(NDManager manager, int[] tokenIds, int count) {
    long[] order = new long[tokenIds.length];
    int real = count;
    for (int row = 0; row < order.length; row++) {
      order[row] =
          RaggedBatch.isVirtual(tokenIds[row]) ? RaggedBatch.virtualIndex(tokenIds[row]) : real++;
    }
    return manager.create(order);
  }

  /** Brings rows (T, N) and tokens (count, N) into an order; differentiable. */
  static NDArray join(TorchOps ops, NDArray rows, NDArray tokens, NDArray order) {
    return ops.op(JOIN).apply(rows, tokens, order);
  }
}
