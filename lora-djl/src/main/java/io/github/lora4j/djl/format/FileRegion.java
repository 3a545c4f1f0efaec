// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import java.nio.ByteBuffer;

/** A tensor that lies in one piece. */
record FileRegion(CheckpointFile file, long position) implements TensorBytes {
  @Override
  public String location() {
    return file.path() + " at byte " + position;
  }

  @Override
  public Reader reader() {
    return (offset, destination) -> file.read(position + offset, destination);
  }

  @Override
  public ByteBuffer view(int length) {
    return file.view(position, length);
  }
}
