// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.quant;

/** The values behind the codes of the 4-bit and integer formats. */
final class CodeTables {
  private static final float[] NF4 = {
    -1.0f,
    -0.6961928f,
    -0.52507305f,
    -0.3949175f,
    -0.28444138f,
    -0.18477343f,
    -0.091050036f,
    0.0f,
    0.0795803f,
    0.1609302f,
    0.2461123f,
    0.33791524f,
    0.44070983f,
    0.562617f,
    0.72295684f,
    1.0f
  };

  /** The positive half; the negative half follows in the same order. */
  private static final float[] FP4 = {0.0f, 1f / 192, 2f / 3, 1.0f, 1f / 3, 0.5f, 1f / 6, 0.25f};

  private CodeTables() {}

  /** Quantiles of a normal distribution, scaled to [−1, 1], in ascending order. */
  static float[] nf4() {
    return NF4.clone();
  }

  /** Values by code; the high bit is the sign, also of zero. */
  static float[] fp4() {
    float[] code = new float[2 * FP4.length];
    for (int i = 0; i < FP4.length; i++) {
      code[i] = FP4[i];
      code[FP4.length + i] = -FP4[i];
    }
    return code;
  }

  /** The integers −size/2 to size/2 − 1. */
  static float[] integers(int size) {
    float[] code = new float[size];
    for (int i = 0; i < size; i++) {
      code[i] = i - size / 2;
    }
    return code;
  }
}
