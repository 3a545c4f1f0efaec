// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.quant;

import ai.djl.ndarray.types.Shape;
import io.github.lora4j.CheckpointException;

/** Refuses a tensor with a number that is not finite: its whole block would be lost. */
final class FiniteBlocks {
  private FiniteBlocks() {}

  static void require(String name, Shape shape, QuantizedBlocks blocks) {
    float[] absmax = blocks.absmax().toFloatArray();
    for (int block = 0; block < absmax.length; block++) {
      if (!Float.isFinite(absmax[block])) {
        throw new CheckpointException(message(name, shape, blocks.blockSize(), block));
      }
    }
  }

  private static String message(String name, Shape shape, int blockSize, long block) {
    long first = block * blockSize;
    long last = Math.min(first + blockSize, shape.size()) - 1;
    return "tensor '"
        + name
        + "' of shape "
        + shape
        + " has a NaN or an infinity among its elements "
        + first
        + " to "
        + last
        + " (row-major); only finite weights can be quantised: check the checkpoint";
  }
}
