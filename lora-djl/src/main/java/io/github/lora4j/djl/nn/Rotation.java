package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;

/** What positions do to queries and keys before attention. */
@FunctionalInterface
public interface Rotation {
  /** Positions that do not rotate (ALiBi, learned). */
  Rotation NONE = x -> x;

  /**
   * Rotates queries or keys.
   *
   * @param x shape (T, heads · headDim)
   * @return the rotated, same shape
   */
  NDArray apply(NDArray x);
}
