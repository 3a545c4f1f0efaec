// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import java.util.HashMap;
import java.util.Map;

/** Vectors that the steps of a native program hand to each other. */
final class NativeBuffers {
  private final NativeMemory memory;
  private final int sequences;
  private final int headDim;
  private final Map<Buffer, Long> addresses = new HashMap<>();
  private int layer;
  private int used;

  /** The n-th buffer of a set: that before the layers, or that of every second layer. */
  private record Buffer(int set, int index, int size) {}

  /**
   * Begins before the layers.
   *
   * @param memory keeps the vectors
   * @param sequences how many vectors there are of each
   * @param headDim values of a head, where a vector is heads
   */
  NativeBuffers(NativeMemory memory, int sequences, int headDim) {
    this.memory = memory;
    this.sequences = sequences;
    this.headDim = headDim;
  }

  /**
   * Vectors are reused from here on, but neither those from before the layers nor those of the
   * layer before, one of which is the hidden state.
   */
  void beginLayer() {
    layer++;
    used = 0;
  }

  /** A vector that is not in use. */
  NativeVector vector(int size) {
    Buffer buffer = new Buffer(layer == 0 ? 0 : 1 + layer % 2, used++, size);
    long address = addresses.computeIfAbsent(buffer, b -> memory.zeros((long) sequences * size));
    return new NativeVector(address, size, size, headDim);
  }
}
