// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.github.lora4j.target.AdaptableModule;

/** The weights of a network's linear modules as they were before they were quantised. */
@FunctionalInterface
public interface OriginalWeights {
  /**
   * Reads one; no other is in memory meanwhile.
   *
   * @param manager owns the result
   * @param module a linear module
   * @return the weight, shape (out, in), FLOAT32
   * @throws io.github.lora4j.CheckpointException if the checkpoint is gone, or quantised itself
   */
  NDArray read(NDManager manager, AdaptableModule module);
}
