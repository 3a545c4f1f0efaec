// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject.combine;

import ai.djl.ndarray.NDArray;
import io.github.lora4j.djl.kernel.CombineOps;

/**
 * The largest values stay.
 *
 * @param density the part that stays
 * @param ops the operators
 */
record MagnitudePruning(double density, CombineOps ops) implements Pruning {
  @Override
  public NDArray prune(NDArray task) {
    return density >= 1 ? task : ops.largest((long) (density * task.size())).apply(task);
  }
}
