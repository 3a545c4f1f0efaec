// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.quant;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.github.lora4j.CheckpointException;
import io.github.lora4j.djl.format.GgufTensor;
import io.github.lora4j.djl.format.GgufType;
import io.github.lora4j.quant.PackedTensor;
import java.nio.ByteBuffer;

/** Tensors of GGUF files: packed ones as they are, or all in float32. */
public final class GgufTensors {
  private static final int HALF_INFINITY = 0x7c00;

  private GgufTensors() {}

  /**
   * Reads a tensor as it is packed.
   *
   * @param manager the tensor's arrays live no longer than it
   * @param tensor of a type with blocks
   * @return the tensor
   * @throws CheckpointException if a scale is not finite
   */
  public static PackedTensor read(NDManager manager, GgufTensor tensor) {
    requireFinite(tensor);
    return ScriptedTensor.make(
        manager,
        tensor.type().name(),
        tensor.shape(),
        GgufScript.of(tensor.type()),
        parts -> parts.add("packed", tensor.stored()::toNDArray));
  }

  /**
   * Reads a tensor of any type.
   *
   * @param manager gets the array
   * @param tensor the tensor
   * @return its numbers, FLOAT32
   * @throws CheckpointException if a scale is not finite, or the file cannot be read
   */
  public static NDArray toFloat32(NDManager manager, GgufTensor tensor) {
    if (tensor.type().plain().isPresent()) {
      return tensor.stored().toFloat32(manager);
    }
    try (PackedTensor packed = read(manager, tensor)) {
      return packed.dequantize(manager, DataType.FLOAT32);
    }
  }

  private static void requireFinite(GgufTensor tensor) {
    ByteBuffer bytes = tensor.stored().bytes();
    int blockBytes = tensor.type().blockBytes();
    int[] scales = scales(tensor.type());
    for (int block = 0; block <= bytes.limit() - blockBytes; block += blockBytes) {
      for (int scale : scales) {
        if ((bytes.getShort(block + scale) & HALF_INFINITY) == HALF_INFINITY) {
          throw new CheckpointException(
              "%s: tensor \"%s\" has a scale in block %d that is not finite; the file is damaged"
                  .formatted(tensor.stored().location(), tensor.name(), block / blockBytes));
        }
      }
    }
  }

  /** Where in a block its 16-bit floats are. */
  private static int[] scales(GgufType type) {
    return switch (type) {
      case Q4_0, Q8_0 -> new int[] {0};
      case Q4_K -> new int[] {0, 2};
      case Q6_K -> new int[] {208};
      case F32, F16, BF16 -> new int[0];
    };
  }
}
