package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Parameter;
import io.github.lora4j.djl.kernel.TorchOp;
import io.github.lora4j.djl.kernel.TorchOps;

/** y = x / sqrt(mean(x²) + eps) · w (Zhang and Sennrich, 2019). */
public final class RmsNorm extends WeightBlock {
  private final Parameter weight;
  private final TorchOp norm;

  /**
   * Creates the norm.
   *
   * @param ops the operators
   * @param weight w, shape (hidden)
   * @param epsilon eps
   */
  @SuppressWarnings("this-escape")
  public RmsNorm(TorchOps ops, NDArray weight, double epsilon) {
    super(weight.getShape().get(0));
    this.weight = weight("weight", Parameter.Type.GAMMA, weight);
    norm = ops.rmsNorm(epsilon);
  }

  @Override
  protected NDArray apply(NDArray x) {
    return norm.apply(x, weight.getArray());
  }
}
