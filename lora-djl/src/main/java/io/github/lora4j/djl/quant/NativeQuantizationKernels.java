// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.quant;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.djl.kernel.NativeKernels;
import io.github.lora4j.djl.kernel.NativeKernels.FloatType;
import io.github.lora4j.djl.kernel.NativeKernels.FourBitAddresses;
import io.github.lora4j.quant.QuantizationFormat;
import io.github.lora4j.quant.QuantizedBlocks;
import io.github.lora4j.spi.QuantizationKernels;

/**
 * Quantisation in the C kernels: NF4 and FP4 on the CPU, one pass over the memory on all threads.
 */
public final class NativeQuantizationKernels implements QuantizationKernels {
  private static final int PRIORITY = 10;

  /** Made by {@link java.util.ServiceLoader}. */
  public NativeQuantizationKernels() {}

  @Override
  public boolean supports(Device device, QuantizationFormat format) {
    boolean known = format == QuantizationFormat.NF4 || format == QuantizationFormat.FP4;
    return known && !device.isGpu() && NativeKernels.get().isPresent();
  }

  @Override
  public int priority() {
    return PRIORITY;
  }

  @Override
  public QuantizedBlocks quantize(
      NDManager manager, NDArray values, QuantizationFormat format, int blockSize) {
    NativeKernels kernels = NativeKernels.get().orElseThrow();
    long size = values.size();
    NDArray packed = manager.create(new Shape(format.packedSize(size)), DataType.UINT8);
    NDArray absmax =
        manager.create(new Shape((size + blockSize - 1) / blockSize), DataType.FLOAT32);
    try (NDArray flat = values.reshape(-1)) {
      kernels.quantize4Bit(
          kernels.address(flat),
          size,
          blockSize,
          format == QuantizationFormat.FP4,
          kernels.address(packed),
          kernels.address(absmax));
    }
    return new QuantizedBlocks(format, blockSize, packed, absmax, manager.create(format.code()));
  }

  @Override
  public NDArray dequantize(NDManager manager, QuantizedBlocks blocks, Shape shape, DataType type) {
    NativeKernels kernels = NativeKernels.get().orElseThrow();
    FloatType number = numberType(type);
    NDArray numbers =
        number == FloatType.BFLOAT16
            ? manager.create(shape.add(2), DataType.UINT8)
            : manager.create(shape, type);
    FourBitAddresses addresses =
        new FourBitAddresses(
            kernels.address(blocks.packed()),
            blocks.format() == QuantizationFormat.FP4,
            blocks.blockSize(),
            kernels.address(blocks.absmax()),
            0,
            0,
            0);
    kernels.dequantize4Bit(addresses, shape.size(), kernels.address(numbers), number);
    return numbers;
  }

  /** The native kernels' name of a type. */
  static FloatType numberType(DataType type) {
    return switch (type) {
      case FLOAT32 -> FloatType.FLOAT32;
      case FLOAT16 -> FloatType.FLOAT16;
      case BFLOAT16 -> FloatType.BFLOAT16;
      default ->
          throw new ConfigurationException(
              "dequantize: type must be FLOAT32, FLOAT16 or BFLOAT16, was " + type);
    };
  }
}
