// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.quant;

import ai.djl.ndarray.types.Shape;

/** How eight 4-bit codes lie in an int32. */
enum GroupPacking {
  /** AutoGPTQ: eight inputs, the first lowest; zero points are stored less one. */
  GPTQ(true, "[0, 4, 8, 12, 16, 20, 24, 28]", 1),

  /** GPTQModel's {@code gptq_v2}: the same, with zero points as they are. */
  GPTQ_V2(true, "[0, 4, 8, 12, 16, 20, 24, 28]", 0),

  /** AutoAWQ's {@code gemm}: eight outputs, in the order 0, 2, 4, 6, 1, 3, 5, 7. */
  AWQ(false, "[0, 16, 4, 20, 8, 24, 12, 28]", 0);

  static final int CODES = 8;

  private final boolean alongIn;
  private final String shifts;
  private final int zeroOffset;

  /**
   * @param alongIn whether the codes of a word are those of eight inputs, not outputs
   * @param shifts where in the word each of eight codes begins
   * @param zeroOffset what a stored zero point is to be added
   */
  GroupPacking(boolean alongIn, String shifts, int zeroOffset) {
    this.alongIn = alongIn;
    this.shifts = shifts;
    this.zeroOffset = zeroOffset;
  }

  Shape weightShape(int in, int out) {
    return alongIn ? new Shape(in / CODES, out) : new Shape(in, out / CODES);
  }

  /** The operator that makes numbers of it, see {@link GroupedScript}. */
  String script() {
    return GroupedScript.of(alongIn, shifts, zeroOffset);
  }
}
