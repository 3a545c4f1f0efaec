// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.optim;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Views of memory in the machine's byte order. */
final class Memory {
  private Memory() {}

  static ByteBuffer slice(ByteBuffer bytes, long from, long length) {
    return bytes
        .slice(Math.toIntExact(from), Math.toIntExact(length))
        .order(ByteOrder.nativeOrder());
  }
}
