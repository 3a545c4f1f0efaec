// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import io.github.lora4j.CheckpointException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Reads the header of a GGUF file from front to back, never past its end. */
final class GgufCursor {
  private static final int WINDOW = 1 << 16;

  /** Longer than any name, token or template. */
  private static final int LONGEST_TEXT = 1 << 24;

  private final CheckpointFile file;
  private ByteBuffer window = ByteBuffer.allocate(0).order(ByteOrder.LITTLE_ENDIAN);
  private long windowEnd;

  GgufCursor(CheckpointFile file) {
    this.file = file;
  }

  long position() {
    return windowEnd - window.remaining();
  }

  long remaining() {
    return file.size() - position();
  }

  byte int8(String what) {
    return bytes(Byte.BYTES, what).get();
  }

  short int16(String what) {
    return bytes(Short.BYTES, what).getShort();
  }

  int int32(String what) {
    return bytes(Integer.BYTES, what).getInt();
  }

  long int64(String what) {
    return bytes(Long.BYTES, what).getLong();
  }

  long unsigned32(String what) {
    return Integer.toUnsignedLong(int32(what));
  }

  /** A number of things that each take some bytes of what remains. */
  int count(int bytesOfOne, String what) {
    long count = int64(what);
    if (count < 0 || count > Math.min(remaining() / bytesOfOne, Integer.MAX_VALUE - 8)) {
      throw error(
          "%s is %s, more than the %d bytes that follow can hold"
              .formatted(what, Long.toUnsignedString(count), remaining()));
    }
    return (int) count;
  }

  String text(String what) {
    int length = count(1, "the length of " + what);
    if (length > LONGEST_TEXT) {
      throw error("%s has %d bytes, expected at most %d".formatted(what, length, LONGEST_TEXT));
    }
    byte[] text = new byte[length];
    bytes(length, what).get(text);
    return new String(text, StandardCharsets.UTF_8);
  }

  CheckpointException error(String problem) {
    return file.error("at byte " + position() + ": " + problem + "; the file is damaged");
  }

  /** A buffer with at least so many bytes; reading them moves the cursor on. */
  private ByteBuffer bytes(int count, String what) {
    if (count > remaining()) {
      throw error("the file ends within " + what);
    }
    if (window.remaining() < count) {
      long position = position();
      int size = (int) Math.min(Math.max(WINDOW, count), file.size() - position);
      window = file.read(position, size);
      windowEnd = position + size;
    }
    return window;
  }
}
