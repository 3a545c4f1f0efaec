// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.optim;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import com.sun.jna.Native;
import io.github.lora4j.spi.OptimizerKernels;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * The gradient that the engine keeps for a weight. DJL's trainer leaves it to the optimizer to
 * clear it, as those of its PyTorch engine do; else the next batch's gradient is added to it.
 */
final class WeightGradient {
  private WeightGradient() {}

  static void clear(OptimizerKernels kernels, NDArray weight) {
    if (!weight.hasGradient()) {
      return;
    }
    try (NDManager scope = weight.getManager().newSubManager()) {
      NDArray gradient = weight.getGradient();
      gradient.attach(scope);
      long values = gradient.size();
      for (long from = 0; from < values; from += ArrayValues.LARGEST_PART) {
        int count = (int) Math.min(ArrayValues.LARGEST_PART, values - from);
        Optional<ByteBuffer> memory = kernels.memory(gradient, from, count);
        if (memory.isEmpty()) {
          gradient.set(new NDIndex("..."), 0);
          return;
        }
        ByteBuffer bytes = memory.get();
        Native.getDirectBufferPointer(bytes).setMemory(0, bytes.remaining(), (byte) 0);
      }
    }
  }
}
