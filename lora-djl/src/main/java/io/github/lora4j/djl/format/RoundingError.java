// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import ai.djl.ndarray.NDArray;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/**
 * What storing numbers in a type loses.
 *
 * @param max the largest difference of a number from the stored one
 * @param rms the root of the mean squared difference
 */
public record RoundingError(double max, double rms) {
  private static final int CHUNK = 1 << 16;

  /**
   * Measures the error of storing an array.
   *
   * @param numbers FLOAT32 of any shape with at least one element; stays the caller's
   * @param type the floating-point type in the file
   * @return the error; infinite where a number is too large for the type
   */
  public static RoundingError of(NDArray numbers, StoredType type) {
    Sum sum = new Sum(type);
    if (type != StoredType.F32 && type != StoredType.F64) {
      ArrayWindows.forEach(numbers, (first, window) -> sum.add(window.asFloatBuffer()));
    }
    return new RoundingError(sum.max, Math.sqrt(sum.squares / numbers.size()));
  }

  /** Adds up chunk by chunk. */
  private static final class Sum {
    private final FloatCodec codec;
    private final ByteBuffer stored;
    private final FloatBuffer rounded = FloatBuffer.allocate(CHUNK);
    private double max;
    private double squares;

    Sum(StoredType type) {
      codec = FloatCodec.of(type);
      stored = ByteBuffer.allocate(CHUNK * type.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    }

    void add(FloatBuffer numbers) {
      for (int first = 0; first < numbers.limit(); first += CHUNK) {
        int count = Math.min(CHUNK, numbers.limit() - first);
        FloatBuffer chunk = numbers.slice(first, count);
        codec.encode(chunk, stored.clear());
        codec.decode(stored.limit(stored.capacity() / CHUNK * count), rounded);
        for (int i = 0; i < count; i++) {
          double difference = Math.abs((double) chunk.get(i) - rounded.get(i));
          max = Math.max(max, difference);
          squares += difference * difference;
        }
      }
    }
  }
}
