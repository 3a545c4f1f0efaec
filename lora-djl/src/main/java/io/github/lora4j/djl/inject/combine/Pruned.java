// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject.combine;

import ai.djl.ndarray.NDArray;
import java.util.List;

/**
 * Mixes what a pruning leaves.
 *
 * @param pruning what stays of each array
 * @param mixing how what stays is mixed
 */
record Pruned(Pruning pruning, Mixing mixing) implements Mixing {
  @Override
  public NDArray mix(List<NDArray> tasks, List<Double> weights) {
    return mixing.mix(tasks.stream().map(pruning::prune).toList(), weights);
  }
}
