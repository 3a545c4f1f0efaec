// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.spi;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.core.Linear;

/**
 * How {@code y + scale · (x Aᵀ) Bᵀ} is computed (Hu et al., 2021, section 4.1). The implementation
 * may bring a fused operator; {@link #PORTABLE} is the plain one that works on every engine.
 */
@FunctionalInterface
public interface LowRankUpdate {
  /** The formula in NDArray operators. */
  LowRankUpdate PORTABLE =
      (x, y, a, b, scale) -> {
        NDArray hidden = Linear.linear(x, a).singletonOrThrow(); // [..., rank]
        NDArray delta = Linear.linear(hidden.mul(scale), b).singletonOrThrow(); // [..., out]
        return y.add(delta);
      };

  /**
   * Adds the update to the base's result.
   *
   * @param x the layer's input, after dropout, shape (..., in)
   * @param y the base's result, shape (..., out); may be written over and must not be used
   *     afterwards
   * @param a the factor A, shape (rank, in)
   * @param b the factor B, shape (out, rank)
   * @param scale the scaling, a scalar
   * @return the sum, shape (..., out), on the manager of {@code x} or {@code y}
   */
  NDArray add(NDArray x, NDArray y, NDArray a, NDArray b, NDArray scale);
}
