// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject.allocation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import org.jspecify.annotations.Nullable;

/**
 * How much the loss depends on each value of a parameter, smoothed over steps (Zhang et al. 2023,
 * section 3.2; PEFT: {@code RankAllocator.update_ipt}): of I = |value · gradient| the average Ī,
 * and the average of |I − Ī|.
 */
final class Importance {
  private final Parameter parameter;
  private final NDArray sensitivity;
  private final NDArray uncertainty;
  private @Nullable NDArray gradient;

  /**
   * Starts at zero.
   *
   * @param parameter the parameter
   * @param manager owns the averages
   */
  Importance(Parameter parameter, NDManager manager) {
    this.parameter = parameter;
    NDArray value = parameter.getArray();
    sensitivity = manager.zeros(value.getShape(), value.getDataType());
    uncertainty = manager.zeros(value.getShape(), value.getDataType());
  }

  /** Copies the gradient as it is now, for optimizers forget gradients that they have used. */
  void keepGradient() {
    try (NDArray current = parameter.getArray().getGradient()) {
      forgetGradient();
      NDArray copy = current.duplicate();
      copy.attach(sensitivity.getManager());
      gradient = copy;
    }
  }

  private void forgetGradient() {
    if (gradient != null) {
      gradient.close();
      gradient = null;
    }
  }

  /**
   * Takes in the value as it is now with the gradient that was kept.
   *
   * @param beta1 how much of the sensitivity stays
   * @param beta2 how much of the uncertainty stays
   */
  void update(double beta1, double beta2) {
    NDArray kept = gradient;
    if (kept == null) {
      return;
    }
    try (NDManager scope = sensitivity.getManager().newSubManager()) {
      NDArray value = parameter.getArray().stopGradient();
      value.attach(scope);
      NDArray now = value.mul(kept).abs();
      sensitivity.muli(beta1).addi(now.mul(1 - beta1));
      uncertainty.muli(beta2).addi(now.sub(sensitivity).abs().muli(1 - beta2));
    }
    forgetGradient();
  }

  NDArray sensitivity() {
    return sensitivity;
  }

  NDArray uncertainty() {
    return uncertainty;
  }

  /**
   * The score of each value.
   *
   * @param scope owns the result
   * @return sensitivity times uncertainty, of the parameter's shape
   */
  NDArray score(NDManager scope) {
    NDArray score = sensitivity.mul(uncertainty);
    score.attach(scope);
    return score;
  }
}
