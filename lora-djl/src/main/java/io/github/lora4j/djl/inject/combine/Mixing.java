// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject.combine;

import ai.djl.ndarray.NDArray;
import java.util.List;

/** How arrays of one shape become one of that shape (PEFT: {@code merge_utils}). */
@FunctionalInterface
interface Mixing {
  /**
   * Mixes.
   *
   * @param tasks one array an adapter; read only
   * @param weights a weight each
   * @return the mixture, on the manager of the first
   */
  NDArray mix(List<NDArray> tasks, List<Double> weights);
}
