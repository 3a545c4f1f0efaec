// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.quant;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.CheckpointException;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.quant.BlockwiseTensor.Content;
import io.github.lora4j.spi.QuantizationKernels;
import java.util.Map;

/** Makes quantised tensors, whole or not at all. */
final class Quantizer {
  private static final String UNNAMED = "(unnamed)";

  private Quantizer() {}

  static <T extends BlockwiseTensor> T quantize(
      NDManager manager, NDArray weight, Quantization quantization, Class<T> type) {
    if (!type.equals(typeOf(quantization.format()))) {
      throw new ConfigurationException(
          type.getSimpleName() + ": cannot hold the quantisation " + quantization.name());
    }
    return type.cast(quantize(manager, UNNAMED, weight, quantization));
  }

  static BlockwiseTensor quantize(
      NDManager manager, String name, NDArray weight, Quantization quantization) {
    requireQuantizable(name, weight);
    NDManager arrays = manager.newSubManager();
    try (NDManager scope = arrays.newSubManager()) {
      QuantizedBlocks blocks = blocks(scope, weight, quantization);
      FiniteBlocks.require(name, weight.getShape(), blocks);
      Content content = content(arrays, weight.getShape(), quantization, blocks);
      content.packed().attach(arrays);
      content.code().attach(arrays);
      content.scales().parts().values().forEach(part -> part.attach(arrays));
      return tensor(content);
    } catch (RuntimeException | Error e) {
      arrays.close();
      throw e;
    }
  }

  static BlockwiseTensor restore(
      NDManager manager,
      String name,
      Quantization quantization,
      Shape shape,
      Map<String, NDArray> parts) {
    NDManager arrays = manager.newSubManager();
    try {
      return tensor(new PartReader(arrays, name, quantization, shape, parts).content());
    } catch (RuntimeException | Error e) {
      arrays.close();
      throw e;
    }
  }

  private static QuantizedBlocks blocks(
      NDManager scope, NDArray weight, Quantization quantization) {
    NDArray moved = weight.toDevice(scope.getDevice(), false);
    NDArray values = moved.toType(DataType.FLOAT32, false);
    try {
      return QuantizationKernels.find(scope.getDevice(), quantization.format())
          .quantize(scope, values, quantization.format(), quantization.blockSize());
    } finally {
      closeCopy(values, moved);
      closeCopy(moved, weight);
    }
  }

  private static void closeCopy(NDArray array, NDArray original) {
    if (array != original) {
      array.close();
    }
  }

  private static Content content(
      NDManager arrays, Shape shape, Quantization quantization, QuantizedBlocks blocks) {
    NDArray absmax = blocks.absmax();
    BlockScales scales =
        quantization.doubleQuantized() ? NestedScales.of(absmax) : new PlainScales(absmax);
    return new Content(arrays, shape, quantization, blocks.packed(), blocks.code(), scales);
  }

  private static void requireQuantizable(String name, NDArray weight) {
    DataType type = weight.getDataType();
    if (type != DataType.FLOAT32 && type != DataType.FLOAT64 && type != DataType.FLOAT16) {
      throw new CheckpointException(
          "tensor '"
              + name
              + "' is "
              + type
              + "; expected float32, float64 or float16 to quantise");
    }
    if (weight.size() == 0) {
      throw new CheckpointException(
          "tensor '" + name + "' has shape " + weight.getShape() + ": no elements to quantise");
    }
  }

  private static BlockwiseTensor tensor(Content content) {
    return switch (content.quantization().format()) {
      case NF4 -> new Nf4Tensor(content);
      case FP4 -> new Fp4Tensor(content);
      case INT4 -> new Int4Tensor(content);
      case INT8, INT8_DYNAMIC -> new Int8Tensor(content);
    };
  }

  private static Class<? extends BlockwiseTensor> typeOf(QuantizationFormat format) {
    return switch (format) {
      case NF4 -> Nf4Tensor.class;
      case FP4 -> Fp4Tensor.class;
      case INT4 -> Int4Tensor.class;
      case INT8, INT8_DYNAMIC -> Int8Tensor.class;
    };
  }
}
