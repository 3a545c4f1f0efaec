// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import io.github.lora4j.djl.kernel.TokenProgram.Heads;

/**
 * Where a vector of each sequence lies.
 *
 * @param address of the first sequence's
 * @param size values of it
 * @param row values from a sequence's vector to the next one's
 * @param head values from a head to the next, where it is heads
 */
record NativeVector(long address, int size, int row, int head) {
  /** The same as heads, of a size all together. */
  Heads heads(int expected) {
    require(size == expected, expected);
    return new Heads(address, row, head);
  }

  /** The address of vectors that follow each other, of a size. */
  long packed(int expected) {
    require(size == expected && row == expected, expected);
    return address;
  }

  private void require(boolean holds, int expected) {
    if (!holds) {
      throw new IllegalStateException(
          "a native step expected vectors of %d values, found %s".formatted(expected, this));
    }
  }
}
