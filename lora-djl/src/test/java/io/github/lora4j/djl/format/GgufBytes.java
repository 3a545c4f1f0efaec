// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** A GGUF file, made by hand and right only where a test wants it right. */
public final class GgufBytes {
  private final ByteArrayOutputStream metadata = new ByteArrayOutputStream();
  private final ByteArrayOutputStream infos = new ByteArrayOutputStream();
  private final ByteArrayOutputStream data = new ByteArrayOutputStream();
  private long entries;
  private long tensors;

  /** Metadata of any type. */
  public GgufBytes entry(String key, int type, byte[] value) {
    entries++;
    put(metadata, text(key));
    put(metadata, int32(type));
    put(metadata, value);
    return this;
  }

  /** A text. */
  public GgufBytes text(String key, String value) {
    return entry(key, 8, text(value));
  }

  /** A tensor at the end of the data; dimensions as the file has them, that of a row first. */
  public GgufBytes tensor(String name, int type, byte[] bytes, long... dimensions) {
    return tensorAt(data.size(), name, type, bytes, dimensions);
  }

  /** A tensor that says where it lies. */
  public GgufBytes tensorAt(long offset, String name, int type, byte[] bytes, long... dimensions) {
    tensors++;
    put(infos, text(name));
    put(infos, int32(dimensions.length));
    for (long dimension : dimensions) {
      put(infos, int64(dimension));
    }
    put(infos, int32(type));
    put(infos, int64(offset));
    put(data, bytes);
    put(data, new byte[(32 - bytes.length % 32) % 32]);
    return this;
  }

  /** The file. */
  public byte[] bytes() {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    put(file, "GGUF".getBytes(StandardCharsets.US_ASCII));
    put(file, int32(3));
    put(file, int64(tensors));
    put(file, int64(entries));
    put(file, metadata.toByteArray());
    put(file, infos.toByteArray());
    put(file, new byte[(32 - file.size() % 32) % 32]);
    put(file, data.toByteArray());
    return file.toByteArray();
  }

  /** Writes the file. */
  public Path write(Path path) {
    try {
      return Files.write(path, bytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static byte[] int32(int value) {
    return little(Integer.BYTES).putInt(value).array();
  }

  static byte[] int64(long value) {
    return little(Long.BYTES).putLong(value).array();
  }

  static byte[] text(String value) {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    return little(Long.BYTES + bytes.length).putLong(bytes.length).put(bytes).array();
  }

  private static ByteBuffer little(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static void put(ByteArrayOutputStream stream, byte[] bytes) {
    stream.write(bytes, 0, bytes.length);
  }
}
