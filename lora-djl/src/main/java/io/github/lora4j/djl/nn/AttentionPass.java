// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import io.github.lora4j.djl.tape.Tape;

/** The one place where a batch is more than its rows: which keys each query sees. */
@FunctionalInterface
public interface AttentionPass {
  /**
   * Attends within each sequence.
   *
   * @param layer index of the layer
   * @param qkv queries and keys, rotated, and values in one array, shape (T, width)
   * @param layout how they lie in it
   * @param tape where the step is noted
   * @return shape (T, heads · headDim)
   */
  NDArray attend(int layer, NDArray qkv, QkvLayout layout, Tape tape);

  /**
   * Called when the walk back through all layers is over: what was gathered over them goes to the
   * parameters.
   */
  default void finishBackward() {}
}
