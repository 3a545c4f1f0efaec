package io.github.lora4j.djl.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import ai.djl.nn.Parameter;
import ai.djl.training.optimizer.Optimizer;
import io.github.lora4j.djl.kernel.EngineMode;
import java.util.Map;

/** What happens to the parameters once the gradients of a step are there. */
public final class ParameterUpdates {
  private ParameterUpdates() {}

  /**
   * Updates every trainable parameter and forgets the gradients.
   *
   * @param engine holds the gradients
   * @param optimizer the rule
   */
  public static void step(GradientEngine engine, Optimizer optimizer) {
    try (EngineMode mode = EngineMode.inference()) {
      for (Map.Entry<String, Parameter> entry : engine.trainable().entrySet()) {
        NDArray weight = entry.getValue().getArray();
        try (NDArray gradient = weight.getGradient()) {
          optimizer.update(entry.getKey(), weight, gradient);
        }
      }
      engine.zeroGradients();
    }
  }

  /**
   * The norm of all gradients taken as one vector (torch: {@code clip_grad_norm_}).
   *
   * @param engine holds the gradients
   * @return the Euclidean norm
   */
  public static double gradientNorm(GradientEngine engine) {
    try (EngineMode mode = EngineMode.inference()) {
      double squares = 0;
      for (Parameter parameter : engine.trainable().values()) {
        try (NDScope scope = new NDScope()) {
          double norm = parameter.getArray().getGradient().norm().getFloat();
          squares += norm * norm;
        }
      }
      return Math.sqrt(squares);
    }
  }

  /**
   * Multiplies all gradients.
   *
   * @param engine holds the gradients
   * @param factor the factor
   */
  public static void scaleGradients(GradientEngine engine, double factor) {
    try (EngineMode mode = EngineMode.inference()) {
      for (Parameter parameter : engine.trainable().values()) {
        try (NDScope scope = new NDScope()) {
          parameter.getArray().getGradient().muli(factor);
        }
      }
    }
  }
}
