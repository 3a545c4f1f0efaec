// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Parameter;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.djl.kernel.EngineMode;
import io.github.lora4j.djl.kernel.LinearProducts;
import io.github.lora4j.djl.kernel.NativeKernels.FourBitAddresses;
import io.github.lora4j.djl.kernel.NativeMatrix;
import io.github.lora4j.djl.kernel.TorchOps;
import io.github.lora4j.djl.quant.ComputeType;
import io.github.lora4j.djl.quant.FourBitProduct;
import io.github.lora4j.quant.PackedTensor;
import io.github.lora4j.quant.QuantizedTensor;
import java.util.Optional;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * y = x Wᵀ + b with a quantised weight (bitsandbytes: {@code Linear4bit}).
 *
 * <p>W is no parameter: it never trains. For many rows of x it is dequantised for the moment of the
 * product; where a graph is recorded, the graph keeps those numbers until its backward pass, as a
 * base under gradient checkpointing does one segment at a time. For few rows and 4-bit codes it is
 * not written out at all, and the product is float32.
 */
public final class QuantizedLinear extends LinearBlock implements NativeWeight, AutoCloseable {
  private final TorchOps ops;
  private final PackedTensor tensor;
  private final ComputeType compute;
  private final Optional<FourBitProduct> fewRows;
  private final BiasSlot bias;

  /**
   * Creates a layer that computes in float32.
   *
   * @param ops the operators
   * @param tensor W, shape (out, in); closed with this layer
   * @param bias b, shape (out), or null
   */
  public QuantizedLinear(TorchOps ops, PackedTensor tensor, @Nullable NDArray bias) {
    this(ops, tensor, bias, ComputeType.of(ops, DataType.FLOAT32));
  }

  /**
   * Creates the layer.
   *
   * @param ops the operators
   * @param tensor W, shape (out, in); closed with this layer
   * @param bias b, shape (out), or null
   * @param compute what products with many rows are computed in
   */
  @SuppressWarnings("this-escape")
  public QuantizedLinear(
      TorchOps ops, PackedTensor tensor, @Nullable NDArray bias, ComputeType compute) {
    super(tensor.shape().get(1));
    this.ops = ops;
    this.tensor = tensor;
    this.compute = compute;
    fewRows = FourBitProduct.of(tensor);
    this.bias = new BiasSlot(bias == null ? null : weight("bias", Parameter.Type.BIAS, bias));
  }

  /**
   * The weight as it is stored.
   *
   * @return W, shape (out, in); this layer's own
   */
  public PackedTensor tensor() {
    return tensor;
  }

  /**
   * The weight, if another can be quantised as it is.
   *
   * @return W, shape (out, in), this layer's own; empty where somebody else's program quantised it
   */
  public Optional<QuantizedTensor> requantizable() {
    return tensor instanceof QuantizedTensor own ? Optional.of(own) : Optional.empty();
  }

  /**
   * The weight, where another has to be quantised as it is.
   *
   * @param operation what is to be done, for the message
   * @param module the module's path, for the message
   * @param instead what to do instead, for the message
   * @return W, shape (out, in), this layer's own
   * @throws ConfigurationException if somebody else's program quantised it
   */
  public QuantizedTensor requireRequantizable(String operation, String module, String instead) {
    return requantizable()
        .orElseThrow(
            () ->
                new ConfigurationException(
                    "%s: \"%s\" is in %s, which is read and never written; %s"
                        .formatted(operation, module, tensor.label(), instead)));
  }

  @Override
  public LinearWeight linearWeight() {
    return new QuantizedWeight(compute, tensor);
  }

  @Override
  public NDArray weightIn(NDManager scope) {
    return tensor.dequantize(scope, DataType.FLOAT32);
  }

  @Override
  protected NDArray product(NDArray x, Optional<NDArray> b) {
    if (fewRows.isPresent() && fewRows.get().suits(x) && !records(x, b)) {
      return fewRows.get().apply(x, b);
    }
    LinearProducts products = compute.recorded();
    try (NDArray w = compute.dequantize(x.getManager(), tensor)) {
      return b.isPresent()
          ? products.productWithBias().apply(x, w, b.get())
          : products.product().apply(x, w);
    }
  }

  @Override
  public boolean hasNativeMatrix() {
    return fewRows.isPresent();
  }

  @Override
  public NativeMatrix nativeMatrix(NativeMemory memory) {
    FourBitAddresses addresses =
        fewRows
            .orElseThrow()
            .addresses(part -> memory.keep(part, part.getDataType(), part.getShape()));
    int out = Math.toIntExact(tensor.shape().get(0));
    int in = Math.toIntExact(tensor.shape().get(1));
    return new NativeMatrix.FourBit(addresses, out, in);
  }

  private static boolean records(NDArray x, Optional<NDArray> b) {
    return EngineMode.isRecording()
        && (x.hasGradient() || b.filter(NDArray::hasGradient).isPresent());
  }

  /** {@inheritDoc} W is shown dequantised, and the layer with other weights is dense. */
  @Override
  public DenseLinear withWeights(BiFunction<String, NDArray, NDArray> weights) {
    NDArray shown = dequantized();
    NDArray w = weights.apply("weight", shown);
    if (w != shown) {
      shown.close();
    }
    return new DenseLinear(
        ops, w, bias.base().map(b -> weights.apply("bias", b.getArray())).orElse(null));
  }

  /**
   * The same layer with another quantised weight.
   *
   * @param other W, shape (out, in); the new layer's own
   * @param b b, shape (out), or empty
   * @return the layer
   */
  public QuantizedLinear withTensor(QuantizedTensor other, Optional<NDArray> b) {
    return new QuantizedLinear(ops, other, b.orElse(null), compute);
  }

  /**
   * The weight as numbers.
   *
   * @return W, shape (out, in), FLOAT32, on the manager of the stored weight; to be closed
   */
  public NDArray dequantized() {
    NDManager manager = tensor.parts().values().iterator().next().getManager();
    return tensor.dequantize(manager, DataType.FLOAT32);
  }

  @Override
  public BiasSlot bias() {
    return bias;
  }

  /** Frees the quantised weight. */
  @Override
  public void close() {
    tensor.close();
  }
}
