// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.variant;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.core.Linear;
import io.github.lora4j.LoraAdapter;
import java.util.Optional;

/**
 * A map less a low-rank one, {@code y = x (W − scaling · B₀ A₀)ᵀ + bias}.
 *
 * @param base gives W and the bias
 * @param initial A₀, B₀ and the scaling
 */
public record ResidualLinear(FrozenLinear base, LoraAdapter initial) implements FrozenLinear {
  @Override
  public NDArray product(NDArray x) {
    NDArray hidden = Linear.linear(x, initial.a().getArray()).singletonOrThrow();
    NDArray update =
        Linear.linear(hidden.mul(initial.scale()), initial.b().getArray()).singletonOrThrow();
    return base.product(x).sub(update);
  }

  @Override
  public Optional<NDArray> biasInUse() {
    return base.biasInUse();
  }
}
