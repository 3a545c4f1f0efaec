// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import ai.djl.training.optimizer.Optimizer;
import io.github.lora4j.djl.kernel.EngineMode;
import java.util.Map;

/** What happens to the parameters once the gradients of a step are there. */
public final class ParameterUpdates {
  /** What torch adds to the norm before it divides by it. */
  private static final double NORM_EPSILON = 1e-6;

  private ParameterUpdates() {}

  /**
   * Updates every trainable parameter and forgets the gradients.
   *
   * @param engine holds the gradients
   * @param optimizer the rule
   */
  public static void step(GradientEngine engine, Optimizer optimizer) {
    step(engine.trained(), optimizer, StepHooks.NONE, 0);
  }

  /**
   * Updates every trainable parameter and forgets the gradients.
   *
   * @param trained the parameters and their gradients
   * @param optimizer the rule
   * @param hooks what adapters do before and after the update
   * @param step the number of the step, from 1
   */
  static void step(TrainedParameters trained, Optimizer optimizer, StepHooks hooks, int step) {
    try (EngineMode mode = EngineMode.inference()) {
      hooks.beforeUpdate(step);
      for (Map.Entry<String, Parameter> entry : trained.byName().entrySet()) {
        NDArray weight = entry.getValue().getArray();
        try (NDArray gradient = weight.getGradient()) {
          optimizer.update(entry.getKey(), weight, gradient);
        }
      }
      hooks.afterUpdate(step);
      trained.zeroGradients();
    }
  }

  /**
   * Scales all gradients so that their norm, taken as one vector, is at most a given one (Pascanu
   * et al., 2013; torch: {@code clip_grad_norm_}). A norm that is not finite scales nothing.
   *
   * @param engine holds the gradients
   * @param manager a sub-manager of it owns the work's arrays
   * @param maxNorm the norm to stay below; 0 for no clipping
   * @return the Euclidean norm before clipping
   */
  public static double clipGradientNorm(GradientEngine engine, NDManager manager, double maxNorm) {
    return clipGradientNorm(engine.trained(), manager, maxNorm);
  }

  static double clipGradientNorm(TrainedParameters trained, NDManager manager, double maxNorm) {
    try (NDManager scope = manager.newSubManager();
        EngineMode mode = EngineMode.inference()) {
      NDList gradients = gradients(trained, scope);
      double norm = norm(gradients);
      double factor = maxNorm / (norm + NORM_EPSILON);
      if (maxNorm > 0 && factor < 1 && Double.isFinite(norm)) {
        NDArray scale = scope.create((float) factor);
        gradients.forEach(gradient -> gradient.muli(scale));
      }
      return norm;
    }
  }

  private static NDList gradients(TrainedParameters trained, NDManager scope) {
    NDList gradients = new NDList();
    for (Parameter parameter : trained.byName().values()) {
      NDArray gradient = parameter.getArray().getGradient();
      gradient.attach(scope);
      gradients.add(gradient);
    }
    return gradients;
  }

  /** The norm of the norms, so that the device is asked for one number only. */
  private static double norm(NDList gradients) {
    NDList norms = new NDList();
    gradients.forEach(gradient -> norms.add(gradient.norm()));
    return NDArrays.stack(norms).norm().getFloat();
  }
}
