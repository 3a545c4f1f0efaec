// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.IntUnaryOperator;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

/**
 * Conversions against torch 2.13 on the CPU. A check sum stands for all values: the CRC-32 of the
 * little-endian bytes that torch gives for the same input.
 */
class HalfPrecisionTest {
  /** torch: {@code arange(65536).to(int16).view(float16).float()}, NaN included. */
  @Test
  void everyHalfWidensAsInTorch() {
    assertEquals(
        0x4e646bcaL, crcOfInts(65536, i -> Float.floatToRawIntBits(Float16.toFloat((short) i))));
  }

  @Test
  void everyBfloat16WidensAsInTorch() {
    assertEquals(
        0x093b1249L, crcOfInts(65536, i -> Float.floatToRawIntBits(BFloat16.toFloat((short) i))));
  }

  @Test
  void everyHalfComesBackFromItsFloat() {
    for (int half = 0; half < 65536; half++) {
      float value = Float16.toFloat((short) half);
      short back = Float16.fromFloat(value);
      assertTrue(Float.isNaN(value) ? Float.isNaN(Float16.toFloat(back)) : back == (short) half);
    }
  }

  @Test
  void everyBfloat16ComesBackFromItsFloat() {
    for (int bits = 0; bits < 65536; bits++) {
      float value = BFloat16.toFloat((short) bits);
      short back = BFloat16.fromFloat(value);
      assertTrue(Float.isNaN(value) ? Float.isNaN(BFloat16.toFloat(back)) : back == (short) bits);
    }
  }

  /** A million floats of all magnitudes; NaN is replaced by 0. */
  @Test
  void floatsOfAllMagnitudesRoundAsInTorch() {
    assertEquals(0x61541ad7L, crcOfShorts(1 << 20, i -> Float16.fromFloat(scattered(i))));
    assertEquals(0xe3f1007eL, crcOfShorts(1 << 20, i -> BFloat16.fromFloat(scattered(i))));
  }

  /** A million floats from half the smallest half to above the largest. */
  @Test
  void floatsInTheRangeOfHalvesRoundAsInTorch() {
    assertEquals(
        0x4f80d518L,
        crcOfShorts(1 << 20, i -> Float16.fromFloat(Float.intBitsToFloat(0x32800000 + 339 * i))));
  }

  @Test
  void tiesRoundToEvenAsInTorch() {
    assertEquals(
        0xdbf1225fL,
        crcOfShorts(
            0x7bff,
            i -> {
              double below = Float16.toFloat((short) i);
              double above = Float16.toFloat((short) (i + 1));
              return Float16.fromFloat((float) ((below + above) / 2));
            }));
  }

  @Test
  void whatIsTooLargeForAHalfBecomesInfinity() {
    assertEquals(0x7bff, Float16.fromFloat(Math.nextDown(65520f)));
    assertEquals(0x7c00, Float16.fromFloat(65520f));
    assertEquals((short) 0xfc00, Float16.fromFloat(Float.NEGATIVE_INFINITY));
    assertEquals(0x7e00, Float16.fromFloat(Float.NaN));
  }

  private static float scattered(int i) {
    float value = Float.intBitsToFloat((int) (i * 2654435761L));
    return Float.isNaN(value) ? 0 : value;
  }

  private static long crcOfInts(int count, IntUnaryOperator value) {
    ByteBuffer bytes = ByteBuffer.allocate(count * 4).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count; i++) {
      bytes.putInt(value.applyAsInt(i));
    }
    return crc(bytes);
  }

  private static long crcOfShorts(int count, IntUnaryOperator value) {
    ByteBuffer bytes = ByteBuffer.allocate(count * 2).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count; i++) {
      bytes.putShort((short) value.applyAsInt(i));
    }
    return crc(bytes);
  }

  private static long crc(ByteBuffer bytes) {
    CRC32 crc = new CRC32();
    crc.update(bytes.flip());
    return crc.getValue();
  }
}
