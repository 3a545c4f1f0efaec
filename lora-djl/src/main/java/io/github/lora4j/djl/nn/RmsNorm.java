// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Parameter;
import io.github.lora4j.djl.kernel.TorchOp;
import io.github.lora4j.djl.kernel.TorchOps;
import io.github.lora4j.djl.tape.RmsNormStep;
import io.github.lora4j.djl.tape.Tape;
import java.util.function.BiFunction;

/** y = x / sqrt(mean(x²) + eps) · (offset + w) (Zhang and Sennrich, 2019). */
public final class RmsNorm extends WeightBlock implements TokenFusible, Taped {
  private final TorchOps ops;
  private final double epsilon;
  private final double offset;
  private final Parameter weight;
  private final TorchOp norm;
  private final RmsNormStep step;

  /**
   * Creates the norm.
   *
   * @param ops the operators
   * @param weight w, shape (hidden)
   * @param epsilon eps
   * @param offset added to the weight: 0, in Gemma's models 1
   */
  @SuppressWarnings("this-escape")
  public RmsNorm(TorchOps ops, NDArray weight, double epsilon, double offset) {
    super(weight.getShape().get(0));
    this.ops = ops;
    this.epsilon = epsilon;
    this.offset = offset;
    this.weight = weight("weight", Parameter.Type.GAMMA, weight);
    norm = ops.rmsNorm(epsilon, offset);
    step = new RmsNormStep(ops, epsilon, offset);
  }

  /** w, shape (hidden). */
  NDArray weight() {
    return weight.getArray();
  }

  @Override
  public NDArray forward(NDArray x, Tape tape) {
    return step.forward(x, weight.getArray(), tape);
  }

  @Override
  protected NDArray apply(NDArray x) {
    return norm.apply(x, weight.getArray());
  }

  @Override
  public <V> V write(TokenWriter<V> writer, V x) {
    return writer.rmsNorm(x, weight.getArray(), epsilon, offset);
  }

  /** Has the norm of each head of a vector taken down. */
  <V> V writeHeads(TokenWriter<V> writer, V x) {
    return writer.headNorm(x, weight.getArray(), epsilon, offset);
  }

  @Override
  public RmsNorm withWeights(BiFunction<String, NDArray, NDArray> weights) {
    return new RmsNorm(ops, weights.apply("weight", weight.getArray()), epsilon, offset);
  }
}
