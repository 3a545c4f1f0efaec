// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject.combine;

import ai.djl.ndarray.NDArray;
import java.util.List;

/** Σ wᵢ tᵢ (PEFT: {@code task_arithmetic}). */
final class WeightedSum implements Mixing {
  @Override
  public NDArray mix(List<NDArray> tasks, List<Double> weights) {
    NDArray sum = tasks.get(0).mul(weights.get(0).floatValue());
    for (int i = 1; i < tasks.size(); i++) {
      sum.addi(tasks.get(i).mul(weights.get(i).floatValue()));
    }
    return sum;
  }
}
