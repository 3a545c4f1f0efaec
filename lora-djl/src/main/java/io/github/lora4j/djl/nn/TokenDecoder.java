// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

/**
 * A decoder for sequences that grow by one token each: the same numbers as the modules give, up to
 * rounding, at the speed of the memory. Binds the weights and the active adapter as they are when
 * it is made. For one thread.
 */
public interface TokenDecoder extends AutoCloseable {
  /**
   * Takes one token of each sequence through the decoder.
   *
   * @param step owns what the step needs
   * @param tokenIds one for each sequence
   * @param positions of those tokens, which are also their places in the cache
   * @param keys of each layer, shape (sequences, keyValueHeads, capacity, headDim); written
   * @param values of each layer, likewise
   * @return the next tokens' logits, (sequences, vocabulary)
   */
  float[][] logits(
      NDManager step, int[] tokenIds, int[] positions, NDArray[] keys, NDArray[] values);

  /**
   * Like {@link #logits}, but only the choice comes back.
   *
   * @param step owns what the step needs
   * @param tokenIds one for each sequence
   * @param positions of those tokens, which are also their places in the cache
   * @param keys of each layer, shape (sequences, keyValueHeads, capacity, headDim); written
   * @param values of each layer, likewise
   * @return for each sequence the id of the largest logit, the lowest id among equals
   */
  int[] greedy(NDManager step, int[] tokenIds, int[] positions, NDArray[] keys, NDArray[] values);

  @Override
  void close();
}
