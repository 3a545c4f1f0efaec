// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject.combine;

import ai.djl.ndarray.NDArray;

/** Sets a part of the values to 0 (PEFT: {@code prune}). */
@FunctionalInterface
interface Pruning {
  /**
   * Prunes.
   *
   * @param task any shape; read only
   * @return the same shape, on its manager
   */
  NDArray prune(NDArray task);
}
