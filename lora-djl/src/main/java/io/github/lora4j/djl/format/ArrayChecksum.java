// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import ai.djl.ndarray.NDArray;
import java.util.zip.CRC32C;

/** A checksum of an array's bytes, for finding out whether they are the same. */
public final class ArrayChecksum {
  private ArrayChecksum() {}

  /**
   * Reads an array once.
   *
   * @param array the array, on any device; neither changed nor closed
   * @return CRC-32C of its elements in row-major order, little-endian
   */
  public static long of(NDArray array) {
    CRC32C checksum = new CRC32C();
    ArrayWindows.forEach(array, (first, window) -> checksum.update(window));
    return checksum.getValue();
  }
}
