// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.optim;

import com.sun.jna.Memory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The memory of one resident page. Its own allocation, as Java frees a direct buffer only when the
 * garbage collector happens to look.
 */
final class Frame implements AutoCloseable {
  private final Memory memory;
  private final ByteBuffer bytes;

  Frame(int size) {
    memory = new Memory(size);
    bytes = memory.getByteBuffer(0, size).order(ByteOrder.nativeOrder());
  }

  /** All bytes, with a position and limit of the caller's own. */
  ByteBuffer bytes() {
    return bytes.duplicate().order(ByteOrder.nativeOrder());
  }

  void clear() {
    memory.clear();
  }

  @Override
  public void close() {
    memory.close();
  }
}
