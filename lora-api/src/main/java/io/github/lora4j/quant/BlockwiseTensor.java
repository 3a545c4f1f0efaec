// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.quant;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.spi.QuantizationKernels;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** A tensor as codes in blocks, each block with a scale. */
public abstract sealed class BlockwiseTensor implements QuantizedTensor
    permits Nf4Tensor, Fp4Tensor, Int8Tensor, Int4Tensor {
  private final NDManager arrays;
  private final Shape shape;
  private final Quantization quantization;
  private final NDArray packed;
  private final NDArray code;
  private final BlockScales scales;

  BlockwiseTensor(Content content) {
    arrays = content.arrays();
    shape = content.shape();
    quantization = content.quantization();
    packed = content.packed();
    code = content.code();
    scales = content.scales();
  }

  /**
   * What a tensor is made of.
   *
   * @param arrays owns the arrays, and is closed with the tensor
   */
  record Content(
      NDManager arrays,
      Shape shape,
      Quantization quantization,
      NDArray packed,
      NDArray code,
      BlockScales scales) {}

  @Override
  public Shape shape() {
    return shape;
  }

  @Override
  public Quantization quantization() {
    return quantization;
  }

  /**
   * The codes.
   *
   * @return UINT8, {@link QuantizationFormat#packedSize} bytes; the tensor's own
   */
  public NDArray packed() {
    return packed;
  }

  /**
   * The scales as they are held.
   *
   * @return FLOAT32, a value a block; under double quantisation UINT8, a code of {@link #nested} a
   *     block; the tensor's own
   */
  public NDArray absmax() {
    return scales.held();
  }

  /**
   * The number behind each code.
   *
   * @return FLOAT32, 16 or 256 values; the tensor's own
   */
  public NDArray code() {
    return code;
  }

  /**
   * The second level, under double quantisation.
   *
   * @return what makes scales of {@link #absmax}; empty where that holds the scales themselves
   */
  public Optional<NestedScales> nested() {
    return scales instanceof NestedScales nested ? Optional.of(nested) : Optional.empty();
  }

  /**
   * The blocks with their scales as numbers.
   *
   * @param manager gets the scales if they have to be computed
   * @return the blocks; codes and table are the tensor's own
   */
  public QuantizedBlocks blocks(NDManager manager) {
    return new QuantizedBlocks(
        quantization.format(), quantization.blockSize(), packed, scales.absmax(manager), code);
  }

  @Override
  public NDArray dequantize(NDManager manager, DataType type) {
    DequantizedType.require(type);
    try (NDManager scope = manager.newSubManager(packed.getDevice())) {
      return QuantizationKernels.find(packed.getDevice(), quantization.format())
          .dequantize(manager, blocks(scope), shape, type);
    }
  }

  @Override
  public Map<String, NDArray> parts() {
    Map<String, NDArray> parts = new LinkedHashMap<>();
    parts.put(Part.PACKED, packed);
    parts.put(Part.CODE, code);
    parts.putAll(scales.parts());
    return Collections.unmodifiableMap(parts);
  }

  @Override
  public void close() {
    arrays.close();
  }

  @Override
  public String toString() {
    return quantization.name() + " " + shape;
  }
}
