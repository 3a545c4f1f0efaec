// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.variant;

import ai.djl.ndarray.NDArray;
import io.github.lora4j.peft.TensorRole;
import io.github.lora4j.spi.LowRankUpdate;
import java.util.Map;
import java.util.Objects;

/**
 * What a variant computes from.
 *
 * @param x the layer's input, shape (..., in)
 * @param dropped the same after dropout; the same array where nothing is dropped
 * @param y the base's result of x, shape (..., out); may be written over
 * @param a the factor A, shape (rank, in)
 * @param b the factor B, shape (out, rank)
 * @param scale the scaling, a scalar
 * @param own the values of the variant's own parameters
 * @param update how a low-rank update is added
 */
public record VariantInput(
    NDArray x,
    NDArray dropped,
    NDArray y,
    NDArray a,
    NDArray b,
    NDArray scale,
    Map<TensorRole, NDArray> own,
    LowRankUpdate update) {
  /** Copies the map. */
  public VariantInput {
    own = Map.copyOf(own);
  }

  /**
   * Whether dropout changed the input of A.
   *
   * @return true if so
   */
  public boolean drops() {
    return dropped != x;
  }

  /**
   * The value of a parameter of the variant's.
   *
   * @param role what it is
   * @return its value
   */
  public NDArray value(TensorRole role) {
    return Objects.requireNonNull(own.get(role), role::name);
  }

  /**
   * Adds the low-rank update.
   *
   * @param onto what to, shape (..., out); must not be used afterwards
   * @return {@code onto + scaling · (dropout(x) Aᵀ) Bᵀ}
   */
  public NDArray updated(NDArray onto) {
    return update.add(dropped, onto, a, b, scale);
  }

  /**
   * The same over another base.
   *
   * @param result that base's result of x, shape (..., out); may be written over
   * @return the input
   */
  public VariantInput over(NDArray result) {
    return new VariantInput(x, dropped, result, a, b, scale, own, update);
  }
}
