// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import io.github.lora4j.djl.kernel.TokenProgram;

/** Keeps a native program's keys and values those of a cache that grows and drops sequences. */
final class NativeCaches {
  private final TokenProgram program;
  private final NativeMemory memory;
  private final DecoderSpec spec;
  private final NDArray[] keys;
  private final NDArray[] values;
  private final NativeMemory[] bound;

  NativeCaches(TokenProgram program, NativeMemory memory, DecoderSpec spec) {
    this.program = program;
    this.memory = memory;
    this.spec = spec;
    keys = new NDArray[spec.numLayers()];
    values = new NDArray[spec.numLayers()];
    bound = new NativeMemory[spec.numLayers()];
  }

  /**
   * Points the program at the arrays of a cache, if it does not point there yet.
   *
   * @param newKeys of each layer, shape (sequences, keyValueHeads, capacity, headDim)
   * @param newValues likewise
   * @param sequences how many there must be
   * @return the capacity
   */
  int bind(NDArray[] newKeys, NDArray[] newValues, int sequences) {
    int capacity = Math.toIntExact(newKeys[0].getShape().get(2));
    for (int layer = 0; layer < keys.length; layer++) {
      if (keys[layer] != newKeys[layer] || values[layer] != newValues[layer]) {
        bind(layer, newKeys[layer], newValues[layer], sequences, capacity);
      }
    }
    return capacity;
  }

  private void bind(int layer, NDArray newKeys, NDArray newValues, int sequences, int capacity) {
    NativeMemory now = memory.newSubMemory();
    long[] shape = {sequences, spec.keyValueHeads(), capacity, spec.headDim()};
    program.cache(
        layer,
        now.keep(newKeys, shape),
        now.keep(newValues, shape),
        spec.keyValueHeads(),
        capacity,
        spec.headDim());
    NativeMemory before = bound[layer];
    if (before != null) {
      before.close();
    }
    keys[layer] = newKeys;
    values[layer] = newValues;
    bound[layer] = now;
  }
}
