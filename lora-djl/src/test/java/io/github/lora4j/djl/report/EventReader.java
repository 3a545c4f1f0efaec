// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads event files by their description alone: another checksum, another decoder. */
final class EventReader {
  private EventReader() {}

  /** An event: its fields by number; a field's values are numbers or bytes. */
  record Message(Map<Integer, List<Object>> fields) {
    List<Object> all(int field) {
      return fields.getOrDefault(field, List.of());
    }

    Object only(int field) {
      assertEquals(1, all(field).size(), "field " + field);
      return all(field).get(0);
    }

    String text(int field) {
      return new String((byte[]) only(field), StandardCharsets.UTF_8);
    }

    Message message(int field) {
      return parse((byte[]) only(field));
    }

    List<Message> messages(int field) {
      return all(field).stream().map(bytes -> parse((byte[]) bytes)).toList();
    }
  }

  static List<Message> read(byte[] file) {
    List<Message> events = new ArrayList<>();
    ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.hasRemaining()) {
      byte[] length = new byte[8];
      bytes.get(length);
      assertEquals(masked(length), bytes.getInt(), "checksum of the length");
      byte[] data =
          new byte[(int) ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong()];
      bytes.get(data);
      assertEquals(masked(data), bytes.getInt(), "checksum of the data");
      events.add(parse(data));
    }
    return events;
  }

  private static int masked(byte[] data) {
    int sum = crc32c(data);
    return (sum >>> 15 | sum << 17) + 0xa282ead8;
  }

  /** Castagnoli's polynomial, bit by bit. */
  static int crc32c(byte[] data) {
    int sum = -1;
    for (byte value : data) {
      sum ^= value & 0xff;
      for (int bit = 0; bit < 8; bit++) {
        sum = (sum & 1) != 0 ? sum >>> 1 ^ 0x82f63b78 : sum >>> 1;
      }
    }
    return ~sum;
  }

  static Message parse(byte[] data) {
    Map<Integer, List<Object>> fields = new LinkedHashMap<>();
    ByteBuffer bytes = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.hasRemaining()) {
      long key = varint(bytes);
      Object value =
          switch ((int) (key & 7)) {
            case 0 -> varint(bytes);
            case 1 -> bytes.getDouble();
            case 2 -> {
              byte[] inside = new byte[(int) varint(bytes)];
              bytes.get(inside);
              yield inside;
            }
            case 5 -> bytes.getFloat();
            default -> throw new AssertionError("wire type " + (key & 7));
          };
      fields.computeIfAbsent((int) (key >> 3), field -> new ArrayList<>()).add(value);
    }
    return new Message(fields);
  }

  private static long varint(ByteBuffer bytes) {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      byte next = bytes.get();
      value |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
  }
}
