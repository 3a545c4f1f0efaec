// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The entries of a zip archive that are stored without compression, with the place of their bytes,
 * which {@code java.util.zip} does not tell. Knows zip64, which torch uses above 4 GiB.
 */
final class ZipDirectory {
  private static final int END = 0x06054b50;
  private static final int END_LENGTH = 22;
  private static final int MAX_COMMENT = 0xffff;
  private static final int ZIP64_LOCATOR = 0x07064b50;
  private static final int ZIP64_LOCATOR_LENGTH = 20;
  private static final int ZIP64_END = 0x06064b50;
  private static final int ZIP64_END_LENGTH = 56;
  private static final int CENTRAL = 0x02014b50;
  static final int CENTRAL_LENGTH = 46;
  private static final int LOCAL = 0x04034b50;
  private static final int LOCAL_LENGTH = 30;
  private static final int ENCRYPTED = 1;
  private static final int MAX_LENGTH = 100_000_000;
  private static final String DAMAGED = "; the file is damaged, get it again";
  static final long IN_ZIP64 = 0xffffffffL;

  private final CheckpointFile file;
  private final Map<String, Entry> entries = new LinkedHashMap<>();

  private ZipDirectory(CheckpointFile file) {
    this.file = file;
  }

  /**
   * A stored entry.
   *
   * @param position of its bytes in the file
   * @param length of its bytes
   */
  record Entry(long position, long length) {}

  /** Reads the directory; every entry in it lies within the file. */
  static ZipDirectory read(CheckpointFile file) {
    ZipDirectory directory = new ZipDirectory(file);
    directory.readEntries(directory.locate());
    return directory;
  }

  Map<String, Entry> entries() {
    return entries;
  }

  /** Where the central directory lies. */
  private record Central(long position, long length, long count) {}

  private Central locate() {
    int length = (int) Math.min(file.size(), END_LENGTH + MAX_COMMENT);
    long start = file.size() - length;
    ByteBuffer tail = file.read(start, length);
    for (int at = length - END_LENGTH; at >= 0; at--) {
      if (tail.getInt(at) == END && at + END_LENGTH + u16(tail, at + 20) == length) {
        return locate(tail, at, start);
      }
    }
    throw file.error("has no zip directory at its end; the file is truncated, get it again");
  }

  private Central locate(ByteBuffer tail, int at, long start) {
    Central central = new Central(u32(tail, at + 16), u32(tail, at + 12), u16(tail, at + 10));
    if (central.position() == IN_ZIP64
        || central.length() == IN_ZIP64
        || central.count() == 0xffff) {
      central = locateZip64(start + at - ZIP64_LOCATOR_LENGTH);
    }
    requireWithin(central.position(), central.length(), start + at, "the zip directory");
    return central;
  }

  private Central locateZip64(long locatorPosition) {
    requireWithin(locatorPosition, ZIP64_LOCATOR_LENGTH, file.size(), "the zip64 locator");
    ByteBuffer locator = file.read(locatorPosition, ZIP64_LOCATOR_LENGTH);
    requireSignature(locator, 0, ZIP64_LOCATOR, locatorPosition);
    long position = locator.getLong(8);
    requireWithin(position, ZIP64_END_LENGTH, locatorPosition, "the zip64 directory's end");
    ByteBuffer end = file.read(position, ZIP64_END_LENGTH);
    requireSignature(end, 0, ZIP64_END, position);
    return new Central(end.getLong(48), end.getLong(40), end.getLong(32));
  }

  private void readEntries(Central central) {
    if (central.length() > MAX_LENGTH) {
      throw file.error(
          "zip directory has "
              + central.length()
              + " bytes, expected at most "
              + MAX_LENGTH
              + DAMAGED);
    }
    ByteBuffer records = file.read(central.position(), (int) central.length());
    int at = 0;
    for (long i = 0; i < central.count(); i++) {
      if (at + CENTRAL_LENGTH > records.limit()) {
        throw file.error(
            "zip directory ends within entry " + i + " of " + central.count() + DAMAGED);
      }
      requireSignature(records, at, CENTRAL, central.position());
      int next =
          at
              + CENTRAL_LENGTH
              + u16(records, at + 28)
              + u16(records, at + 30)
              + u16(records, at + 32);
      if (next > records.limit()) {
        throw file.error(
            "zip directory ends within entry " + i + " of " + central.count() + DAMAGED);
      }
      readEntry(Buffers.slice(records, at, next - at), central.position());
      at = next;
    }
  }

  private void readEntry(ByteBuffer central, long end) {
    byte[] bytes = new byte[u16(central, 28)];
    central.get(CENTRAL_LENGTH, bytes);
    String name = new String(bytes, StandardCharsets.UTF_8);
    if (u16(central, 10) != 0 || (u16(central, 8) & ENCRYPTED) != 0) {
      throw file.error(
          "entry '"
              + name
              + "' is compressed or encrypted, expected one stored as"
              + " torch.save does");
    }
    ZipSizes sizes = ZipSizes.of(central);
    if (sizes.stored() != sizes.original()) {
      throw file.error(
          "entry '"
              + name
              + "' takes "
              + sizes.stored()
              + " bytes for "
              + sizes.original()
              + DAMAGED);
    }
    requireWithin(sizes.header(), LOCAL_LENGTH, end, "entry '" + name + "'");
    ByteBuffer local = file.read(sizes.header(), LOCAL_LENGTH);
    requireSignature(local, 0, LOCAL, sizes.header());
    long position = sizes.header() + LOCAL_LENGTH + u16(local, 26) + u16(local, 28);
    requireWithin(position, sizes.stored(), end, "entry '" + name + "'");
    if (entries.put(name, new Entry(position, sizes.stored())) != null) {
      throw file.error("entry '" + name + "' occurs twice" + DAMAGED);
    }
  }

  private void requireWithin(long position, long length, long end, String what) {
    if (position < 0 || length < 0 || position > end - length) {
      throw file.error(
          what
              + " at byte "
              + position
              + " has "
              + length
              + " bytes and does not end before byte "
              + end
              + DAMAGED);
    }
  }

  private void requireSignature(ByteBuffer bytes, int at, int expected, long position) {
    if (bytes.getInt(at) != expected) {
      throw file.error(
          String.format(
              "at byte %d + %d: zip signature %08x, expected %08x%s",
              position, at, bytes.getInt(at), expected, DAMAGED));
    }
  }

  static int u16(ByteBuffer bytes, int at) {
    return Short.toUnsignedInt(bytes.getShort(at));
  }

  static long u32(ByteBuffer bytes, int at) {
    return Integer.toUnsignedLong(bytes.getInt(at));
  }
}
