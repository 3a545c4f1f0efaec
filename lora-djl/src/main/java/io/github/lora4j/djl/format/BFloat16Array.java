// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/** Numbers rounded to bfloat16, of which DJL has no arrays, as their bytes. */
public final class BFloat16Array {
  private BFloat16Array() {}

  /**
   * Rounds to the nearest bfloat16, ties to even.
   *
   * @param manager gets the result
   * @param numbers FLOAT32 of any shape
   * @return UINT8 of the shape and 2: the low byte of each number and the high one
   */
  public static NDArray of(NDManager manager, NDArray numbers) {
    NDArray bytes = manager.create(numbers.getShape().add(Short.BYTES), DataType.UINT8);
    try (NDArray flat = bytes.reshape(-1)) {
      ArrayWindows.forEach(
          numbers, (first, window) -> write(flat, first * Short.BYTES, round(window)));
      return bytes;
    } catch (RuntimeException | Error e) {
      bytes.close();
      throw e;
    }
  }

  private static ByteBuffer round(ByteBuffer window) {
    FloatBuffer floats = window.asFloatBuffer();
    ByteBuffer rounded =
        ByteBuffer.allocateDirect(floats.remaining() * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    while (floats.hasRemaining()) {
      rounded.putShort(BFloat16.fromFloat(floats.get()));
    }
    return rounded.flip();
  }

  private static void write(NDArray flat, long first, ByteBuffer bytes) {
    int count = bytes.remaining();
    try (NDArray part = flat.getManager().create(bytes, new Shape(count), DataType.UINT8)) {
      flat.set(new NDIndex().addSliceDim(first, first + count), part);
    }
  }
}
