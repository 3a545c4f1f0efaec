// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import io.github.lora4j.CheckpointException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;

/** Reads the arguments of pickle opcodes; no length is believed before it is compared. */
final class PickleReader {
  private final ByteBuffer bytes;
  private final Function<String, CheckpointException> error;

  /**
   * Reads from the buffer's position to its limit.
   *
   * @param bytes little-endian
   * @param error makes the exception for a message
   */
  PickleReader(ByteBuffer bytes, Function<String, CheckpointException> error) {
    this.bytes = bytes;
    this.error = error;
  }

  int u8() {
    return Byte.toUnsignedInt(take(1).get());
  }

  int u16() {
    return Short.toUnsignedInt(take(2).getShort());
  }

  int i32() {
    return take(4).getInt();
  }

  /** A big-endian double, the one big-endian number of the format. */
  double f64() {
    return Double.longBitsToDouble(Long.reverseBytes(take(8).getLong()));
  }

  /** A little-endian integer of as many bytes as its first byte says, at most eight. */
  long long1() {
    int length = u8();
    if (length > Long.BYTES) {
      throw error("an integer of " + length + " bytes, expected at most 8");
    }
    ByteBuffer digits = take(length);
    long value = 0;
    for (int i = 0; i < length; i++) {
      value |= (digits.get() & 0xffL) << (8 * i);
    }
    int unused = Long.SIZE - 8 * length;
    return length == 0 ? 0 : value << unused >> unused;
  }

  /** UTF-8 of as many bytes as the first four say. */
  String text() {
    return decode(take(Integer.toUnsignedLong(i32())));
  }

  /** UTF-8 up to the end of the line. */
  String line() {
    int begin = bytes.position();
    while (bytes.hasRemaining()) {
      if (bytes.get() == '\n') {
        return decode(bytes.slice(begin, bytes.position() - begin - 1));
      }
    }
    throw error("a line without end");
  }

  /** The exception for what was found at the current position. */
  CheckpointException error(String found) {
    return error.apply("at byte " + bytes.position() + " of the pickle: " + found);
  }

  private ByteBuffer take(long length) {
    if (length > bytes.remaining()) {
      throw error("needs " + length + " bytes, but only " + bytes.remaining() + " are left");
    }
    ByteBuffer taken = Buffers.slice(bytes, bytes.position(), (int) length);
    bytes.position(bytes.position() + (int) length);
    return taken;
  }

  private String decode(ByteBuffer text) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(text).toString();
    } catch (CharacterCodingException e) {
      throw error("text that is no valid UTF-8 (" + e.getMessage() + ")");
    }
  }
}
