// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.quant;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.djl.kernel.NativeKernels;
import io.github.lora4j.djl.kernel.NativeKernels.FloatType;
import io.github.lora4j.djl.kernel.NativeKernels.FourBitAddresses;
import io.github.lora4j.quant.BlockwiseTensor;
import io.github.lora4j.quant.NestedScales;
import io.github.lora4j.quant.PackedTensor;
import io.github.lora4j.quant.QuantizationFormat;
import java.util.Optional;
import java.util.function.ToLongFunction;

/**
 * The product of few vectors with a 4-bit matrix that is never written out as numbers. Records no
 * graph.
 */
public final class FourBitProduct {
  /** Above this many vectors, making numbers of the codes once is faster. */
  private static final int MOST_ROWS = 8;

  private final NativeKernels kernels;
  private final BlockwiseTensor tensor;
  private final FourBitAddresses addresses;
  private final int out;
  private final int in;

  private FourBitProduct(NativeKernels kernels, BlockwiseTensor tensor) {
    this.kernels = kernels;
    this.tensor = tensor;
    addresses = addresses(kernels::address);
    out = Math.toIntExact(tensor.shape().get(0));
    in = Math.toIntExact(tensor.shape().get(1));
  }

  /**
   * The product with a tensor.
   *
   * @param tensor shape (out, in); stays its owner's and must outlive the product
   * @return the product, or empty where there is no kernel for the tensor's format and device
   */
  public static Optional<FourBitProduct> of(PackedTensor tensor) {
    if (!(tensor instanceof BlockwiseTensor matrix)) {
      return Optional.empty();
    }
    QuantizationFormat format = matrix.quantization().format();
    boolean known = format == QuantizationFormat.NF4 || format == QuantizationFormat.FP4;
    if (!known || matrix.packed().getDevice().isGpu() || matrix.shape().dimension() != 2) {
      return Optional.empty();
    }
    return NativeKernels.get().map(kernels -> new FourBitProduct(kernels, matrix));
  }

  /**
   * Where native code finds the tensor's parts.
   *
   * @param addressOf the address of an array's first value; may keep the array open
   * @return the addresses
   */
  public FourBitAddresses addresses(ToLongFunction<NDArray> addressOf) {
    Optional<NestedScales> nested = tensor.nested();
    return new FourBitAddresses(
        addressOf.applyAsLong(tensor.packed()),
        tensor.quantization().format() == QuantizationFormat.FP4,
        tensor.quantization().blockSize(),
        addressOf.applyAsLong(tensor.absmax()),
        nested.map(scales -> addressOf.applyAsLong(scales.blocks().code())).orElse(0L),
        nested.map(scales -> addressOf.applyAsLong(scales.blocks().absmax())).orElse(0L),
        nested.map(scales -> scales.offset().getFloat()).orElse(0f));
  }

  /**
   * Writes the matrix out.
   *
   * @param numbers where to, shape (out, in) of {@code type}
   * @param type the type of the numbers
   */
  void dequantize(NDArray numbers, FloatType type) {
    kernels.dequantize4Bit(addresses, (long) out * in, kernels.address(numbers), type);
  }

  /**
   * Whether an input is of the kind that this is for.
   *
   * @param x the input
   * @return true for few vectors of float32
   */
  public boolean suits(NDArray x) {
    return x.getDataType() == DataType.FLOAT32 && x.size() <= (long) MOST_ROWS * in;
  }

  /**
   * The product x wᵀ + bias.
   *
   * @param x shape (..., in)
   * @param bias shape (out), or empty
   * @return shape (..., out), on the manager of x
   */
  public NDArray apply(NDArray x, Optional<NDArray> bias) {
    Shape shape = x.getShape();
    NDArray y =
        x.getManager().create(shape.slice(0, shape.dimension() - 1).add(out), DataType.FLOAT32);
    try (NDArray rows = x.reshape(-1)) {
      kernels.product4Bit(
          addresses,
          out,
          in,
          kernels.address(rows),
          x.size() / in,
          kernels.address(y),
          bias.map(kernels::address).orElse(0L),
          false);
    }
    return y;
  }
}
