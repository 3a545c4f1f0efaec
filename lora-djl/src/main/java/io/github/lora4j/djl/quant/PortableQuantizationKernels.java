// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.quant;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.djl.kernel.EngineMode;
import io.github.lora4j.djl.kernel.TorchOp;
import io.github.lora4j.quant.QuantizationFormat;
import io.github.lora4j.quant.QuantizedBlocks;
import io.github.lora4j.spi.QuantizationKernels;

/**
 * Quantisation in operators of libtorch: the plain form of the arithmetic, for every device, that
 * faster kernels are held against. May be called from several threads.
 */
public final class PortableQuantizationKernels implements QuantizationKernels {
  private static final int PRIORITY = 0;

  /** Creates the kernels; an operator is compiled at its first use, for the life of the process. */
  public PortableQuantizationKernels() {}

  @Override
  public boolean supports(Device device, QuantizationFormat format) {
    return true;
  }

  @Override
  public int priority() {
    return PRIORITY;
  }

  @Override
  public QuantizedBlocks quantize(
      NDManager manager, NDArray values, QuantizationFormat format, int blockSize) {
    TorchOp quantize = QuantizationOps.of(QuantizeScript.of(format, blockSize));
    Codebook codebook = Codebook.of(format);
    try (EngineMode mode = EngineMode.inference();
        NDManager scope = manager.newSubManager(values.getDevice())) {
      NDList results =
          quantize.applyAll(
              values, scope.create(codebook.middles()), scope.create(codebook.order()));
      results.attach(manager);
      NDArray code = scope.create(format.code());
      code.attach(manager);
      return new QuantizedBlocks(format, blockSize, results.get(0), results.get(1), code);
    }
  }

  @Override
  public NDArray dequantize(NDManager manager, QuantizedBlocks blocks, Shape shape, DataType type) {
    return QuantizationOps.rounded(manager, dequantize(manager, blocks, shape), type);
  }

  private NDArray dequantize(NDManager manager, QuantizedBlocks blocks, Shape shape) {
    TorchOp dequantize =
        QuantizationOps.of(DequantizeScript.of(blocks.format(), blocks.blockSize()));
    try (EngineMode mode = EngineMode.inference();
        NDManager scope = manager.newSubManager(Device.cpu());
        NDArray flat =
            dequantize.apply(
                blocks.packed(),
                blocks.absmax(),
                blocks.code(),
                scope.create(new long[] {shape.size()}))) {
      NDArray numbers = flat.reshape(shape);
      numbers.attach(manager);
      return numbers;
    }
  }
}
