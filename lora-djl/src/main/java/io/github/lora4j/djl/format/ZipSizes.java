// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import java.nio.ByteBuffer;

/**
 * The numbers of a zip entry that zip64 widens.
 *
 * @param stored bytes in the archive
 * @param original bytes before compression
 * @param header position of the local header
 */
record ZipSizes(long stored, long original, long header) {
  private static final int ZIP64_EXTRA = 1;

  /** Reads them from a whole record of the central directory. */
  static ZipSizes of(ByteBuffer central) {
    ByteBuffer zip64 = zip64Extra(central);
    // The zip64 field has only those of the three that do not fit, in this order.
    long original = wide(ZipDirectory.u32(central, 24), zip64);
    long stored = wide(ZipDirectory.u32(central, 20), zip64);
    return new ZipSizes(stored, original, wide(ZipDirectory.u32(central, 42), zip64));
  }

  private static long wide(long value, ByteBuffer zip64) {
    return value == ZipDirectory.IN_ZIP64 && zip64.remaining() >= Long.BYTES
        ? zip64.getLong()
        : value;
  }

  private static ByteBuffer zip64Extra(ByteBuffer central) {
    int at = ZipDirectory.CENTRAL_LENGTH + ZipDirectory.u16(central, 28);
    int end = at + ZipDirectory.u16(central, 30);
    while (at + 4 <= end) {
      int size = Math.min(ZipDirectory.u16(central, at + 2), end - at - 4);
      if (ZipDirectory.u16(central, at) == ZIP64_EXTRA) {
        return Buffers.slice(central, at + 4, size);
      }
      at += 4 + size;
    }
    return ByteBuffer.allocate(0);
  }
}
