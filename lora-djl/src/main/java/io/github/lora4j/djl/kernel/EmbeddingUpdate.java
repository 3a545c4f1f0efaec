// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.kernel;

import ai.djl.ndarray.NDArray;
import io.github.lora4j.spi.LowRankUpdate;

/** The low-rank update of an embedding, whose input are ids: it picks columns of A. */
public final class EmbeddingUpdate implements LowRankUpdate {
  private final TorchOp addRows;

  /**
   * Creates the update.
   *
   * @param ops the operators
   */
  public EmbeddingUpdate(TorchOps ops) {
    addRows = ops.addEmbeddingLowRank();
  }

  /** {@inheritDoc} Takes ids: x (T), y (T, width), a (rank, rows), b (width, rank). */
  @Override
  public NDArray add(NDArray x, NDArray y, NDArray a, NDArray b, NDArray scale) {
    return addRows.apply(x, y, a, b, scale);
  }
}
