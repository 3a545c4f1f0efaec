// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Parameter;
import java.util.Map;

/**
 * Learned vectors that stand before every sequence: embeddings of a prompt, or the keys and values
 * of a prefix.
 */
public interface VirtualTokens {
  /**
   * How many stand before a sequence.
   *
   * @return at least 1
   */
  int count();

  /**
   * What they are now, made of the parameters so that libtorch can differentiate it.
   *
   * @param owner whose manager gets what has to be computed
   * @param training whether dropout is on
   * @return shape (count, width); may be a parameter's own array, so it is not to be closed
   */
  NDArray values(NDArray owner, boolean training);

  /**
   * What they are made of.
   *
   * @return the parameters by their names among the model's
   */
  Map<String, Parameter> parameters();

  /**
   * Whether anything is dropped in training.
   *
   * @return false if they are the same in training and out of it
   */
  default boolean hasDropout() {
    return false;
  }
}
