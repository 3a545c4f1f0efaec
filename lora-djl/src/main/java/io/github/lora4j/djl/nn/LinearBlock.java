// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.variant.FrozenLinear;
import java.util.Optional;

/** y = x Wᵀ + b as a block, however its weight is stored. */
public abstract class LinearBlock extends WeightBlock implements Biased, FrozenLinear {
  /**
   * Creates the block.
   *
   * @param in inputs
   */
  protected LinearBlock(long in) {
    super(in);
  }

  /**
   * The weight W.
   *
   * @return the weight as it is now, shape (out, in)
   */
  public abstract LinearWeight linearWeight();

  /** {@inheritDoc} x has shape (T, in). */
  @Override
  public final NDArray product(NDArray x) {
    return product(x, Optional.empty());
  }

  /**
   * The block's product with any bias, differentiable where the engine records.
   *
   * @param x shape (T, in)
   * @param b shape (out), or empty
   * @return x Wᵀ + b, shape (T, out), on the manager of x
   */
  protected abstract NDArray product(NDArray x, Optional<NDArray> b);

  /**
   * W as numbers, to be read only: it may share the block's memory.
   *
   * @param scope owns the array
   * @return W, shape (out, in), FLOAT32
   */
  public abstract NDArray weightIn(NDManager scope);

  /** {@inheritDoc} It is the base's own, or the active adapter's in its stead. */
  @Override
  public final Optional<NDArray> biasInUse() {
    return Optional.ofNullable(bias().value());
  }

  @Override
  protected final NDArray apply(NDArray x) {
    return product(x, biasInUse());
  }

  @Override
  public Shape[] getOutputShapes(Shape[] shapes) {
    return new Shape[] {new Shape(shapes[0].get(0), linearWeight().out())};
  }
}
