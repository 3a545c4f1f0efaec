package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Parameter;
import io.github.lora4j.LoraAdapter;
import io.github.lora4j.djl.kernel.TorchOp;
import io.github.lora4j.djl.kernel.TorchOps;
import java.util.Optional;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** y = x Wᵀ + b with a dense weight. */
public final class DenseLinear extends LinearBlock implements TokenFusible {
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

  /** The bias in use, the base's or an adapter's. */
  Optional<NDArray> biasInUse() {
    return Optional.ofNullable(bias.value());
  }

  @Override
  public LinearWeight linearWeight() {
    return new DenseWeight(ops.linearProducts(), weight.getArray());
  }

  @Override
  protected NDArray apply(NDArray x) {
    NDArray b = bias.value();
    return b == null
        ? linear.apply(x, weight.getArray())
        : linearWithBias.apply(x, weight.getArray(), b);
  }

  @Override
  public DenseLinear withWeights(BiFunction<String, NDArray, NDArray> weights) {
    return new DenseLinear(
        ops,
        weights.apply("weight", weight.getArray()),
        bias.base().map(b -> weights.apply("bias", b.getArray())).orElse(null));
  }

  @Override
  public String write(TokenScript script, String x) {
    return write(script, x, Optional.empty(), "");
  }

  /** Writes W x + bias + low-rank update + residual, each of the last three if there is one. */
  String write(TokenScript script, String x, Optional<LoraAdapter> adapter, String residual) {
    String added = residual;
    NDArray b = bias.value();
    if (b != null) {
      String name = script.input(b);
      added = added.isEmpty() ? name : script.let("torch.add(%s, %s)".formatted(added, name));
    }
    if (adapter.isPresent()) {
      added = TokenLinear.lowRank(script, adapter.get(), x, added);
    }
    return script.product(weight.getArray(), x, added);
  }

  @Override
  public BiasSlot bias() {
    return bias;
  }
}
