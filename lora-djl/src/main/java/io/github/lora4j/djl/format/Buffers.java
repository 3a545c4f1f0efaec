// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Parts of buffers; Java's own forget the byte order. */
final class Buffers {
  private Buffers() {}

  /** A little-endian part of a buffer. */
  static ByteBuffer slice(ByteBuffer buffer, int position, int length) {
    return buffer.slice(position, length).order(ByteOrder.LITTLE_ENDIAN);
  }
}
