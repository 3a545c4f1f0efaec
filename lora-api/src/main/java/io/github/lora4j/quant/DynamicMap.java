// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.quant;

import java.util.Arrays;

/**
 * The 256 values of dynamic 8-bit quantisation (Dettmers et al., 2022, section 1.3; {@code
 * create_dynamic_map} of bitsandbytes): seven decades, each with twice as many evenly spaced values
 * as the one below, so that small values keep their precision beside large ones.
 *
 * <p>The index of a value is its code. Values are in ascending order, and equal to bitsandbytes'
 * bit for bit.
 */
public final class DynamicMap {
  /** How many values a map has. */
  public static final int SIZE = 256;

  private static final int DECADES = 7;
  private static final float LOWEST = 0.1f;

  private DynamicMap() {}

  /**
   * The map for values of both signs, −0.993 to 1. Its zero is code 127.
   *
   * @return 256 values in ascending order; a new array each time
   */
  public static float[] signed() {
    float[] map = new float[SIZE];
    int filled = 0;
    for (int decade = 0; decade < DECADES; decade++) {
      for (float value : values(decade, 1 << decade)) {
        map[filled++] = value;
        map[filled++] = -value;
      }
    }
    return withZeroAndOne(map);
  }

  /**
   * The map for values that are never negative, 0 to 1. Its zero is code 0.
   *
   * @return 256 values in ascending order; a new array each time
   */
  public static float[] unsigned() {
    float[] map = new float[SIZE];
    int filled = 0;
    for (int decade = 0; decade < DECADES; decade++) {
      for (float value : values(decade, 2 << decade)) {
        map[filled++] = value;
      }
    }
    return withZeroAndOne(map);
  }

  /** The middles of equal parts of [0.1, 1], times the decade's power of ten. */
  private static float[] values(int decade, int parts) {
    float power = (float) Math.pow(10, decade - (DECADES - 1));
    float[] values = new float[parts];
    for (int i = 0; i < parts; i++) {
      values[i] = (boundary(i, parts) + boundary(i + 1, parts)) / 2 * power;
    }
    return values;
  }

  /** As torch.linspace does it: from the nearer end, and with one rounding, which shows. */
  private static float boundary(int i, int parts) {
    float step = (1 - LOWEST) / parts;
    return i < (parts + 1) / 2
        ? Math.fma(step, i, LOWEST)
        : Math.fma(-step, (float) (parts - i), 1);
  }

  private static float[] withZeroAndOne(float[] map) {
    map[SIZE - 2] = 0;
    map[SIZE - 1] = 1;
    Arrays.sort(map);
    return map;
  }
}
