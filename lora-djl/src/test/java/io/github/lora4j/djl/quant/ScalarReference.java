// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.quant;

import io.github.lora4j.quant.QuantizationFormat;

/** The arithmetic of {@link io.github.lora4j.spi.QuantizationKernels}, one number at a time. */
final class ScalarReference {
  final int[] codes;
  final float[] absmax;
  final float[] numbers;

  private final QuantizationFormat format;
  private final int blockSize;
  private final float[] values;

  ScalarReference(float[] values, QuantizationFormat format, int blockSize) {
    this.values = values;
    this.format = format;
    this.blockSize = blockSize;
    codes = new int[values.length];
    numbers = new float[values.length];
    absmax = new float[(values.length + blockSize - 1) / blockSize];
    for (int block = 0; block < absmax.length; block++) {
      quantize(block);
    }
  }

  /** Two 4-bit codes a byte, the first in the high half. */
  byte[] packed() {
    byte[] bytes = new byte[(int) format.packedSize(codes.length)];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (format.bits() == 8 ? codes[i] : codes[2 * i] << 4 | codeOrZero(2 * i + 1));
    }
    return bytes;
  }

  private int codeOrZero(int i) {
    return i < codes.length ? codes[i] : format.zero();
  }

  private void quantize(int block) {
    int first = block * blockSize;
    int end = Math.min(first + blockSize, values.length);
    boolean isShort = end - first < blockSize;
    float m = isShort && isNormalFloat() ? 1e-38f : 0;
    for (int i = first; i < end; i++) {
      m = Math.max(m, Math.abs(values[i]));
    }
    absmax[block] = m;
    for (int i = first; i < end; i++) {
      codes[i] = code(scaled(values[i], m, isShort));
      numbers[i] = format.code()[codes[i]] * (m / format.divisor());
    }
  }

  private boolean isNormalFloat() {
    return format == QuantizationFormat.NF4 || format == QuantizationFormat.FP4;
  }

  private float scaled(float x, float m, boolean isShort) {
    if (m < Float.MIN_NORMAL) {
      return 0;
    }
    return isNormalFloat() && !isShort ? x * (1 / m) : x / m;
  }

  private int code(float scaled) {
    if (format.isInteger()) {
      return (int) Math.rint(scaled * format.divisor()) + format.zero();
    }
    float[] code = format.code();
    int best = 0;
    for (int c = 1; c < code.length; c++) {
      if (isNearer(scaled, code, c, best)) {
        best = c;
      }
    }
    return best;
  }

  /** Of two as near the smaller number; of FP4's two zeros the one with the sign reversed. */
  private static boolean isNearer(float scaled, float[] code, int c, int best) {
    if (code[c] == code[best]) {
      return scaled > code[c];
    }
    float middle = (code[c] + code[best]) / 2;
    return code[c] < code[best] ? scaled <= middle : scaled > middle;
  }
}
