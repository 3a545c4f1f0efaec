// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import io.github.lora4j.djl.kernel.EngineMode;
import io.github.lora4j.djl.kernel.NativeMatrix;
import io.github.lora4j.djl.kernel.TorchOp;
import io.github.lora4j.djl.kernel.TorchOps;
import java.util.Optional;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** y = x Wᵀ + b with a dense weight. */
public final class DenseLinear extends LinearBlock implements NativeWeight {
  private final TorchOps ops;
  private final Parameter weight;
  private final @Nullable JointWeight joint;
  private final BiasSlot bias;
  private final TorchOp linear;
  private final TorchOp linearWithBias;

  /**
   * Creates the layer.
   *
   * @param ops the operators
   * @param weight W, shape (out, in)
   * @param bias b, shape (out), or null
   */
  public DenseLinear(TorchOps ops, NDArray weight, @Nullable NDArray bias) {
    this(ops, weight, bias, null);
  }

  @SuppressWarnings("this-escape")
  DenseLinear(TorchOps ops, NDArray weight, @Nullable NDArray bias, @Nullable JointWeight joint) {
    super(weight.getShape().get(1));
    this.ops = ops;
    this.joint = joint;
    this.weight = weight("weight", Parameter.Type.WEIGHT, weight);
    this.bias = new BiasSlot(bias == null ? null : weight("bias", Parameter.Type.BIAS, bias));
    linear = ops.linear();
    linearWithBias = ops.linearWithBias();
  }

  /** The array that this weight is rows of, if other maps of the same input share it. */
  Optional<JointWeight> joint() {
    return Optional.ofNullable(joint);
  }

  /** The weight, shape (out, in). */
  NDArray matrix() {
    return weight.getArray();
  }

  @Override
  public LinearWeight linearWeight() {
    return new DenseWeight(ops.linearProducts(), weight.getArray());
  }

  @Override
  protected NDArray product(NDArray x, Optional<NDArray> b) {
    if (!EngineMode.isRecording()) {
      return linearWeight().open(x.getManager()).product(x, b, Optional.empty());
    }
    return b.isEmpty()
        ? linear.apply(x, weight.getArray())
        : linearWithBias.apply(x, weight.getArray(), b.get());
  }

  @Override
  public NDArray weightIn(NDManager scope) {
    NDArray view = weight.getArray().stopGradient();
    view.attach(scope);
    return view;
  }

  @Override
  public DenseLinear withWeights(BiFunction<String, NDArray, NDArray> weights) {
    return new DenseLinear(
        ops,
        weights.apply("weight", weight.getArray()),
        bias.base().map(b -> weights.apply("bias", b.getArray())).orElse(null));
  }

  @Override
  public NativeMatrix nativeMatrix(NativeMemory memory) {
    int out = Math.toIntExact(weight.getShape().get(0));
    int in = Math.toIntExact(weight.getShape().get(1));
    return new NativeMatrix.Float32(memory.keep(weight.getArray(), out, in), out, in);
  }

  @Override
  public BiasSlot bias() {
    return bias;
  }
}
