package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;

/** The one place where a batch is more than its rows: which keys each query sees. */
@FunctionalInterface
public interface AttentionPass {
  /**
   * Attends within each sequence.
   *
   * @param layer index of the layer
   * @param q queries, rotated, shape (T, heads · headDim)
   * @param k keys, rotated, shape (T, keyValueHeads · headDim)
   * @param v values, shape (T, keyValueHeads · headDim)
   * @return shape (T, heads · headDim)
   */
  NDArray attend(int layer, NDArray q, NDArray k, NDArray v);
}
