// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.optim;

import io.github.lora4j.spi.OptimizerKernels;
import java.util.List;

/**
 * One tensor of a parameter's state.
 *
 * @param name its name in a saved file: torch's for 32 bits, bitsandbytes' for 8
 * @param type its type in a saved file, as safetensors spells it
 * @param width bytes of an element
 * @param perBlock whether it has an element for each block of values instead of for each value
 */
record Plane(String name, String type, int width, boolean perBlock) {
  /** The moments in 32 bits. */
  static final List<Plane> FLOAT32 =
      List.of(
          new Plane("exp_avg", "F32", Float.BYTES, false),
          new Plane("exp_avg_sq", "F32", Float.BYTES, false));

  /** The moments in 8 bits. Floats come first, so that they are aligned. */
  static final List<Plane> DYNAMIC8 =
      List.of(
          new Plane("absmax1", "F32", Float.BYTES, true),
          new Plane("absmax2", "F32", Float.BYTES, true),
          new Plane("state1", "U8", Byte.BYTES, false),
          new Plane("state2", "U8", Byte.BYTES, false));

  long elements(long values) {
    return perBlock
        ? (values + OptimizerKernels.BLOCK_SIZE - 1) / OptimizerKernels.BLOCK_SIZE
        : values;
  }

  long bytes(long values) {
    return elements(values) * width;
  }
}
