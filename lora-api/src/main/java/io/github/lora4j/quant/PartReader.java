// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.quant;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.CheckpointException;
import io.github.lora4j.quant.BlockwiseTensor.Content;
import java.util.Map;

/** The parts of a saved tensor, each checked and copied. */
final class PartReader {
  private final NDManager arrays;
  private final String name;
  private final Quantization quantization;
  private final Shape shape;
  private final Map<String, NDArray> parts;

  PartReader(
      NDManager arrays,
      String name,
      Quantization quantization,
      Shape shape,
      Map<String, NDArray> parts) {
    this.arrays = arrays;
    this.name = name;
    this.quantization = quantization;
    this.shape = shape;
    this.parts = parts;
  }

  Content content() {
    QuantizationFormat format = quantization.format();
    NDArray packed = part(Part.PACKED, DataType.UINT8, format.packedSize(shape.size()));
    NDArray code = code(format);
    long blocks = blocks(shape.size(), quantization.blockSize());
    BlockScales scales =
        quantization.doubleQuantized()
            ? nested(blocks)
            : new PlainScales(part(Part.ABSMAX, DataType.FLOAT32, blocks));
    return new Content(arrays, shape, quantization, packed, code, scales);
  }

  /** The dynamic map as saved: its last places depend on the processor that made it. */
  private NDArray code(QuantizationFormat format) {
    float[] expected = format.code();
    NDArray saved = part(Part.CODE, DataType.FLOAT32, expected.length);
    if (format == QuantizationFormat.INT8_DYNAMIC) {
      return saved;
    }
    float[] found = saved.toFloatArray();
    saved.close();
    for (int i = 0; i < expected.length; i++) {
      if (found[i] != expected[i]) {
        throw error(
            Part.CODE, "gives code " + i + " the value " + found[i] + ", expected " + expected[i]);
      }
    }
    return arrays.create(expected); // bitsandbytes' table lacks the sign of FP4's second zero
  }

  private NestedScales nested(long blocks) {
    int blockSize = Quantization.NESTED_BLOCK_SIZE;
    QuantizedBlocks distances =
        new QuantizedBlocks(
            QuantizationFormat.INT8_DYNAMIC,
            blockSize,
            part(Part.ABSMAX, DataType.UINT8, blocks),
            part(Part.NESTED_ABSMAX, DataType.FLOAT32, blocks(blocks, blockSize)),
            part(Part.NESTED_CODE, DataType.FLOAT32, DynamicMap.SIZE));
    NDArray offset = part(Part.OFFSET, DataType.FLOAT32, 1);
    return new NestedScales(distances, offset);
  }

  private static long blocks(long elements, int blockSize) {
    return (elements + blockSize - 1) / blockSize;
  }

  private NDArray part(String part, DataType type, long size) {
    NDArray found = parts.get(part);
    if (found == null) {
      throw error(part, "is missing; found " + parts.keySet());
    }
    if (found.getDataType() != type || found.size() != size) {
      throw error(
          part,
          "is "
              + found.getDataType()
              + " "
              + found.getShape()
              + ", expected "
              + size
              + " values of "
              + type);
    }
    return copy(found, size);
  }

  /** To the same device, PyTorch's {@code toDevice} would share the memory of a Java buffer. */
  private NDArray copy(NDArray found, long size) {
    try (NDArray flat = found.reshape(size);
        NDArray own = flat.duplicate()) {
      NDArray copy = own.toDevice(arrays.getDevice(), true);
      copy.attach(arrays);
      return copy;
    }
  }

  private CheckpointException error(String part, String message) {
    return new CheckpointException(
        "tensor '"
            + name
            + "' of shape "
            + shape
            + " in "
            + quantization.name()
            + ": part '"
            + part
            + "' "
            + message);
  }
}
