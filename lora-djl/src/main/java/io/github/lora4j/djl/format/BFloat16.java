// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

/**
 * bfloat16, torch's {@code bfloat16}: the upper half of a float, 1 sign, 8 exponent and 7 mantissa
 * bits.
 */
public final class BFloat16 {
  private static final short NAN = 0x7fc0;

  private BFloat16() {}

  /**
   * Widens a bfloat16; every bfloat16 is a float.
   *
   * @param bits the 16 bits
   * @return the same number
   */
  public static float toFloat(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }

  /**
   * Rounds to the nearest bfloat16, ties to even.
   *
   * @param value the number
   * @return the 16 bits; 0x7fc0 for every NaN, as torch gives
   */
  public static short fromFloat(float value) {
    if (Float.isNaN(value)) {
      return NAN;
    }
    int bits = Float.floatToRawIntBits(value);
    int ties = (bits >>> 16) & 1;
    return (short) ((bits + 0x7fff + ties) >>> 16);
  }
}
