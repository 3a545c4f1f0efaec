package io.github.lora4j.djl.nn;

import ai.djl.ndarray.types.Shape;

/** y = x Wᵀ + b as a block, however its weight is stored. */
public abstract class LinearBlock extends WeightBlock implements Biased {
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

  @Override
  public Shape[] getOutputShapes(Shape[] shapes) {
    return new Shape[] {new Shape(shapes[0].get(0), linearWeight().out())};
  }
}
