// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import java.nio.ByteBuffer;

/** Where the bytes of one tensor lie. Bytes are little-endian and elements in row-major order. */
interface TensorBytes {
  /** Where, for messages: the file and the position in it. */
  String location();

  /** Opens the bytes for reading at any position; the reader may be used from several threads. */
  Reader reader();

  /** All bytes, read-only; at most {@link Integer#MAX_VALUE}. */
  ByteBuffer view(int length);

  /** Reads whole elements. */
  @FunctionalInterface
  interface Reader {
    /**
     * Fills all that remains of destination.
     *
     * @param offset in bytes from the tensor's first; a multiple of the element size
     * @param destination remaining bytes are a multiple of the element size
     */
    void read(long offset, ByteBuffer destination);
  }
}
