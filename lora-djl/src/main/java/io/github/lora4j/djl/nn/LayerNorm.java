// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Parameter;
import io.github.lora4j.djl.kernel.TorchOp;
import io.github.lora4j.djl.kernel.TorchOps;
import io.github.lora4j.djl.tape.LayerNormStep;
import io.github.lora4j.djl.tape.Tape;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** y = (x − mean) / sqrt(var + eps) · w + b (Ba et al., 2016), b perhaps left out. */
public final class LayerNorm extends WeightBlock implements Biased, TokenFusible, Taped {
  private final TorchOps ops;
  private final double epsilon;
  private final Parameter weight;
  private final BiasSlot bias;
  private final NDArray added;
  private final TorchOp norm;
  private final LayerNormStep step;

  /**
   * Creates the norm.
   *
   * @param ops the operators
   * @param weight w, shape (hidden)
   * @param bias b, shape (hidden), or null
   * @param epsilon eps
   */
  @SuppressWarnings("this-escape")
  public LayerNorm(TorchOps ops, NDArray weight, @Nullable NDArray bias, double epsilon) {
    super(weight.getShape().get(0));
    this.ops = ops;
    this.epsilon = epsilon;
    this.weight = weight("weight", Parameter.Type.GAMMA, weight);
    this.bias = new BiasSlot(bias == null ? null : weight("bias", Parameter.Type.BETA, bias));
    added = bias == null ? weight.zerosLike() : bias;
    norm = ops.layerNorm(epsilon);
    step = new LayerNormStep(ops, epsilon);
  }

  @Override
  public NDArray forward(NDArray x, Tape tape) {
    return step.forward(x, weight.getArray(), added(), tape);
  }

  @Override
  protected NDArray apply(NDArray x) {
    return norm.apply(x, weight.getArray(), added());
  }

  /** The bias in use, or zeros. */
  private NDArray added() {
    NDArray inUse = bias.value();
    return inUse == null ? added : inUse;
  }

  @Override
  public BiasSlot bias() {
    return bias;
  }

  @Override
  public <V> V write(TokenWriter<V> writer, V x) {
    return writer.layerNorm(x, weight.getArray(), added(), epsilon);
  }

  @Override
  public LayerNorm withWeights(BiFunction<String, NDArray, NDArray> weights) {
    NDArray w = weights.apply("weight", weight.getArray());
    NDArray b = bias.base().map(own -> weights.apply("bias", own.getArray())).orElse(null);
    return new LayerNorm(ops, w, b, epsilon);
  }
}
