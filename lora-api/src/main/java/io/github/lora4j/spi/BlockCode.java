// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.spi;

import io.github.lora4j.quant.DynamicMap;
import java.util.Arrays;

/** One byte a value, relative to the largest magnitude of a block. */
final class BlockCode {
  private final float[] map;
  private final float[] midpoints;
  private final byte zero;

  private BlockCode(float[] map) {
    this.map = map;
    midpoints = new float[map.length - 1];
    for (int i = 0; i < midpoints.length; i++) {
      midpoints[i] = (map[i] + map[i + 1]) / 2;
    }
    zero = (byte) Arrays.binarySearch(map, 0);
  }

  static BlockCode signed() {
    return new BlockCode(DynamicMap.signed());
  }

  static BlockCode unsigned() {
    return new BlockCode(DynamicMap.unsigned());
  }

  void decode(byte[] codes, float absmax, float[] values, int count) {
    for (int i = 0; i < count; i++) {
      values[i] = map[codes[i] & 0xff] * absmax;
    }
  }

  /** Gives back the block's absmax. */
  float encode(float[] values, byte[] codes, int count) {
    float absmax = 0;
    for (int i = 0; i < count; i++) {
      absmax = Math.max(absmax, Math.abs(values[i]));
    }
    for (int i = 0; i < count; i++) {
      codes[i] = absmax == 0 ? zero : code(values[i] / absmax);
    }
    return absmax;
  }

  private byte code(float value) {
    byte nearest = nearest(value);
    return nearest == zero && value < 0 ? (byte) (zero - 1) : nearest;
  }

  /** The number of midpoints below the value. */
  private byte nearest(float value) {
    int low = 0;
    int high = midpoints.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (midpoints[middle] < value) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return (byte) low;
  }
}
