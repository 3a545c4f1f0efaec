// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

/**
 * IEEE 754 binary16, torch's {@code float16}: 1 sign, 5 exponent and 10 mantissa bits. Conversions
 * are exact to the bit as torch's are, subnormals, infinities and NaN included.
 */
public final class Float16 {
  private static final int SIGN = 0x8000;
  private static final int FLOAT_INFINITY = 0x7f800000;
  private static final int FLOAT_QUIET = 0x00400000;
  private static final int HALF_INFINITY = 0x7c00;

  /** The float bits half way between the largest half, 65504, and 65536. */
  private static final int OVERFLOW = 0x477ff000;

  /** The float bits of the smallest normal half, 2⁻¹⁴. */
  private static final int SMALLEST_NORMAL = 0x38800000;

  private Float16() {}

  /**
   * Widens a half; every half is a float.
   *
   * @param half the 16 bits
   * @return the same number
   */
  public static float toFloat(short half) {
    int sign = (half & SIGN) << 16;
    int shifted = (half & 0x7fff) << 13;
    if (shifted >= HALF_INFINITY << 13) {
      int quiet = shifted > HALF_INFINITY << 13 ? FLOAT_QUIET : 0;
      return Float.intBitsToFloat(sign | FLOAT_INFINITY | shifted | quiet);
    }
    // Read as a float the exponent is too small by 127 - 15; multiplying puts that right and
    // normalises subnormals on the way.
    float magnitude = Float.intBitsToFloat(shifted) * 0x1p112f;
    return Float.intBitsToFloat(sign | Float.floatToRawIntBits(magnitude));
  }

  /**
   * Rounds to the nearest half, ties to even; above 65504 and its rounding range, to infinity.
   *
   * @param value the number
   * @return the 16 bits
   */
  public static short fromFloat(float value) {
    int bits = Float.floatToRawIntBits(value);
    int magnitude = bits & 0x7fffffff;
    return (short) (((bits >>> 16) & SIGN) | magnitudeFromFloat(magnitude));
  }

  private static int magnitudeFromFloat(int magnitude) {
    if (magnitude > FLOAT_INFINITY) {
      return 0x7e00;
    }
    if (magnitude >= OVERFLOW) {
      return HALF_INFINITY;
    }
    if (magnitude < SMALLEST_NORMAL) {
      // The unit in the last place of 0.5f is 2⁻²⁴, the smallest half: the addition rounds.
      return Float.floatToRawIntBits(Float.intBitsToFloat(magnitude) + 0.5f)
          - Float.floatToRawIntBits(0.5f);
    }
    int ties = (magnitude >>> 13) & 1;
    return (magnitude + 0xfff + ties - (112 << 23)) >>> 13;
  }
}
