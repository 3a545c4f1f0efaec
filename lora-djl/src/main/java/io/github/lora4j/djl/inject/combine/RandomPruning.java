// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject.combine;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import java.util.function.UnaryOperator;

/**
 * Chance decides what stays, and it is stretched so that the expectation stays too (Yu et al.,
 * 2024).
 *
 * @param density the part that stays
 * @param draw gives numbers of [0, 1), as many as an array has
 */
record RandomPruning(double density, UnaryOperator<NDArray> draw) implements Pruning {
  /** Draws from the engine's generator. */
  static RandomPruning of(double density) {
    return new RandomPruning(
        density, task -> task.getManager().randomUniform(0, 1, task.getShape(), DataType.FLOAT32));
  }

  @Override
  public NDArray prune(NDArray task) {
    if (density >= 1) {
      return task;
    }
    NDArray stays = draw.apply(task).lt(density).toType(DataType.FLOAT32, false);
    return task.mul(stays).div(density);
  }
}
