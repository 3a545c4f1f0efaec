// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import ai.djl.ndarray.types.Shape;
import io.github.lora4j.CheckpointException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * The header of a safetensors file.
 *
 * @param dataStart position in the file from which {@link Entry#begin} counts
 * @param metadata the free text
 * @param entries the tensors, in the order of their bytes
 */
record SafetensorsHeader(long dataStart, Map<String, String> metadata, List<Entry> entries) {
  /** The key of the free text among the names of tensors. */
  static final String METADATA = "__metadata__";

  /** The longest header that the reference implementation reads. */
  static final long MAX_LENGTH = 100_000_000;

  private static final String TRUNCATED = "; the file is truncated, get it again";
  private static final String DAMAGED = "; the file is damaged, get or save it again";

  /**
   * One tensor.
   *
   * @param name its name
   * @param type its element type
   * @param shape its shape
   * @param begin first byte, counted from the end of the header
   * @param end one past its last byte
   */
  record Entry(String name, StoredType type, Shape shape, long begin, long end) {}

  /** Reads and checks the header of a file. */
  static SafetensorsHeader read(CheckpointFile file) {
    int length = length(file);
    ByteBuffer bytes = file.read(Long.BYTES, length);
    SafetensorsHeaderParser parser = new SafetensorsHeaderParser(file);
    parser.parse(bytes);
    long dataStart = Long.BYTES + (long) length;
    List<Entry> entries = new ArrayList<>(parser.entries());
    entries.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
    checkCoverage(file, entries, file.size() - dataStart);
    return new SafetensorsHeader(dataStart, Map.copyOf(parser.metadata()), List.copyOf(entries));
  }

  private static int length(CheckpointFile file) {
    if (file.size() < Long.BYTES) {
      throw file.error(
          "has "
              + file.size()
              + " bytes, expected at least the 8 of the header's length"
              + TRUNCATED);
    }
    long length = file.read(0, Long.BYTES).getLong();
    if (length < 0 || length > MAX_LENGTH) {
      throw file.error(
          "header length is "
              + Long.toUnsignedString(length)
              + ", expected at most "
              + MAX_LENGTH
              + "; this is no safetensors file, or it is damaged");
    }
    if (length > file.size() - Long.BYTES) {
      throw file.error(
          "header length is "
              + length
              + ", but only "
              + (file.size() - Long.BYTES)
              + " bytes follow"
              + TRUNCATED);
    }
    return (int) length;
  }

  private static void checkCoverage(CheckpointFile file, List<Entry> entries, long dataLength) {
    long covered = 0;
    String before = "the header";
    for (Entry entry : entries) {
      checkOrder(file, entry, covered, before);
      if (entry.end() > dataLength) {
        throw error(
            file,
            entry,
            "ends at byte "
                + entry.end()
                + " of the data, which has only "
                + dataLength
                + " bytes"
                + TRUNCATED);
      }
      covered = entry.end();
      before = "tensor '" + entry.name() + "'";
    }
    if (covered != dataLength) {
      throw file.error(
          "tensors end at byte "
              + covered
              + " of the data, but it has "
              + dataLength
              + " bytes"
              + DAMAGED);
    }
  }

  private static void checkOrder(CheckpointFile file, Entry entry, long covered, String before) {
    if (entry.begin() < covered) {
      throw error(
          file,
          entry,
          "begins at byte "
              + entry.begin()
              + " and overlaps "
              + before
              + ", which ends at byte "
              + covered
              + DAMAGED);
    }
    if (entry.begin() > covered) {
      throw error(
          file,
          entry,
          "begins at byte "
              + entry.begin()
              + " and leaves a hole after "
              + before
              + ", which ends at byte "
              + covered
              + DAMAGED);
    }
  }

  private static CheckpointException error(CheckpointFile file, Entry entry, String message) {
    return file.error("tensor '" + entry.name() + "' " + message);
  }
}
