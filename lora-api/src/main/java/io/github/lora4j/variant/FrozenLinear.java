// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.variant;

import ai.djl.ndarray.NDArray;
import java.util.Optional;

/** The linear map under an adapter, {@code y = x Wᵀ + bias}, however W is stored. */
public interface FrozenLinear {
  /**
   * The product without the bias.
   *
   * @param x shape (n, in)
   * @return x Wᵀ, shape (n, out), on the manager of x; differentiable in x where the engine records
   */
  NDArray product(NDArray x);

  /**
   * The bias in use.
   *
   * @return shape (out), the owner's; or empty if the map has none
   */
  Optional<NDArray> biasInUse();
}
