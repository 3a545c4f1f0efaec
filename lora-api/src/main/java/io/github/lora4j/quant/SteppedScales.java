// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.quant;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

/**
 * Numbers in blocks, each divided by its block's absmax and rounded to one of 65,536 steps from −1
 * to 1: what bitsandbytes on a CPU looks up in place of a number (its {@code norm_to_lut_index}).
 * Codes of the steps are the codes it gives, which now and then are the neighbours of the nearest.
 *
 * @param steps FLOAT32, a step a number
 * @param absmax FLOAT32, a value a block
 */
record SteppedScales(NDArray steps, NDArray absmax) {
  private static final int LAST_STEP = 65_535;

  static SteppedScales of(NDArray numbers, int blockSize) {
    float[] values = numbers.toFloatArray();
    float[] absmax = new float[(values.length + blockSize - 1) / blockSize];
    for (int block = 0; block < absmax.length; block++) {
      int from = block * blockSize;
      absmax[block] = round(values, from, Math.min(values.length, from + blockSize));
    }
    NDManager manager = numbers.getManager();
    return new SteppedScales(manager.create(values), manager.create(absmax));
  }

  private static float round(float[] values, int from, int to) {
    float absmax = 0;
    for (int i = from; i < to; i++) {
      absmax = Math.max(absmax, Math.abs(values[i]));
    }
    float inverse = 1 / absmax;
    for (int i = from; i < to && absmax > 0; i++) {
      values[i] = step(values[i] * inverse);
    }
    return absmax;
  }

  /** The multiplication and the addition are one operation there, rounded once. */
  private static float step(float scaled) {
    float share = (Math.min(1f, Math.max(-1f, scaled)) + 1) * 0.5f;
    int index = (int) Math.fma(share, LAST_STEP, 0.5f);
    return -1 + 2f * index / LAST_STEP;
  }
}
