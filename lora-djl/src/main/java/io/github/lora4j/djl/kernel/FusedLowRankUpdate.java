// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.kernel;

import ai.djl.ndarray.NDArray;
import io.github.lora4j.spi.LowRankUpdate;

/** The low-rank update as one operator that writes into the base's result. */
public final class FusedLowRankUpdate implements LowRankUpdate {
  private final TorchOp addLowRank;

  /**
   * Creates the update.
   *
   * @param ops the operators
   */
  public FusedLowRankUpdate(TorchOps ops) {
    addLowRank = ops.addLowRank();
  }

  /** {@inheritDoc} Takes rows: x (T, in), y (T, out). */
  @Override
  public NDArray add(NDArray x, NDArray y, NDArray a, NDArray b, NDArray scale) {
    return addLowRank.apply(x, y, a, b, scale);
  }
}
