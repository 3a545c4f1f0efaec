// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.quant;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.spi.QuantizationKernels;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Scales that are quantised themselves (Dettmers et al., 2023, section 3): their distance from
 * their mean in eight bits, in blocks of {@value Quantization#NESTED_BLOCK_SIZE}.
 *
 * @param blocks the distances in the dynamic map's codes
 * @param offset FLOAT32 of shape (), the mean
 */
public record NestedScales(QuantizedBlocks blocks, NDArray offset) implements BlockScales {
  private static final QuantizationFormat FORMAT = QuantizationFormat.INT8_DYNAMIC;

  /** Quantises scales, on their manager: like bitsandbytes, on a CPU by steps. */
  static NestedScales of(NDArray absmax) {
    NDArray offset = absmax.mean();
    NDArray distance = absmax.sub(offset);
    if (absmax.getDevice().isGpu()) {
      return new NestedScales(quantize(distance), offset);
    }
    SteppedScales stepped = SteppedScales.of(distance, Quantization.NESTED_BLOCK_SIZE);
    QuantizedBlocks codes = quantize(stepped.steps());
    return new NestedScales(
        new QuantizedBlocks(
            FORMAT, codes.blockSize(), codes.packed(), stepped.absmax(), codes.code()),
        offset);
  }

  private static QuantizedBlocks quantize(NDArray numbers) {
    return QuantizationKernels.find(numbers.getDevice(), FORMAT)
        .quantize(numbers.getManager(), numbers, FORMAT, Quantization.NESTED_BLOCK_SIZE);
  }

  /** The codes of the scales. */
  @Override
  public NDArray held() {
    return blocks.packed();
  }

  @Override
  public NDArray absmax(NDManager manager) {
    NDArray packed = blocks.packed();
    QuantizationKernels kernels = QuantizationKernels.find(packed.getDevice(), FORMAT);
    Shape shape = new Shape(packed.size());
    return kernels.dequantize(manager, blocks, shape, DataType.FLOAT32).addi(offset);
  }

  @Override
  public Map<String, NDArray> parts() {
    Map<String, NDArray> parts = new LinkedHashMap<>();
    parts.put(Part.ABSMAX, blocks.packed());
    parts.put(Part.NESTED_ABSMAX, blocks.absmax());
    parts.put(Part.NESTED_CODE, blocks.code());
    parts.put(Part.OFFSET, offset);
    return parts;
  }
}
