// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.quant;

import io.github.lora4j.quant.QuantizationFormat;
import java.util.stream.IntStream;

/**
 * The numbers of a format in ascending order, and how to find the nearest.
 *
 * @param middles between neighbours; a number on one belongs to the lower
 * @param order the code of each number in ascending order, of equal ones the smaller code first
 */
record Codebook(float[] middles, int[] order) {
  static Codebook of(QuantizationFormat format) {
    float[] code = format.code();
    int[] order =
        IntStream.range(0, code.length)
            .boxed()
            .sorted((a, b) -> ascending(code[a], code[b]))
            .mapToInt(Integer::intValue)
            .toArray();
    float[] middles = new float[order.length - 1];
    for (int i = 0; i < middles.length; i++) {
      middles[i] = (code[order[i]] + code[order[i + 1]]) / 2;
    }
    return new Codebook(middles, order);
  }

  /** Unlike Float.compare, which tells FP4's two zeros apart. */
  private static int ascending(float a, float b) {
    return a == b ? 0 : a < b ? -1 : 1;
  }
}
