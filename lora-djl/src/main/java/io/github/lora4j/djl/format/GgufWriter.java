// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import io.github.lora4j.CheckpointException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** Writes a GGUF file of version 3: metadata first, then tensors. */
public final class GgufWriter {
  private static final int TEXT = 8;
  private static final int FLOAT32 = 6;

  private final ByteArrayOutputStream metadata = new ByteArrayOutputStream();
  private long entries;

  /** Starts a file without metadata. */
  public GgufWriter() {}

  /**
   * Adds a text to the metadata.
   *
   * @param key its key, not used before
   * @param value the text
   * @return this writer
   */
  public GgufWriter text(String key, String value) {
    byte[] bytes = text(value);
    entry(key, TEXT, bytes);
    return this;
  }

  /**
   * Adds a number to the metadata.
   *
   * @param key its key, not used before
   * @param value the number
   * @return this writer
   */
  public GgufWriter float32(String key, float value) {
    entry(key, FLOAT32, little(Float.BYTES).putFloat(value).array());
    return this;
  }

  private void entry(String key, int type, byte[] value) {
    entries++;
    metadata.writeBytes(text(key));
    metadata.writeBytes(int32(type));
    metadata.writeBytes(value);
  }

  /**
   * Writes the file, whole or not at all.
   *
   * @param path the file; an existing one is replaced
   * @param tensors the tensors, of distinct names, in F32, F16 or BF16
   * @throws CheckpointException if the file cannot be written
   */
  public void write(Path path, List<TensorEntry> tensors) {
    try (AtomicFile file = AtomicFile.create(path)) {
      file.write(ByteBuffer.wrap(header(tensors)));
      for (TensorEntry tensor : tensors) {
        tensor.writeTo(file);
        file.write(ByteBuffer.allocate((int) (aligned(tensor.byteSize()) - tensor.byteSize())));
      }
      file.commit();
    }
  }

  private byte[] header(List<TensorEntry> tensors) {
    ByteArrayOutputStream header = new ByteArrayOutputStream();
    header.writeBytes(int32(GgufHeader.MAGIC));
    header.writeBytes(int32(GgufHeader.VERSION));
    header.writeBytes(int64(tensors.size()));
    header.writeBytes(int64(entries));
    header.writeBytes(metadata.toByteArray());
    long offset = 0;
    for (TensorEntry tensor : tensors) {
      describe(header, tensor, offset);
      offset += aligned(tensor.byteSize());
    }
    header.writeBytes(new byte[(int) (aligned(header.size()) - header.size())]);
    return header.toByteArray();
  }

  private static void describe(ByteArrayOutputStream header, TensorEntry tensor, long offset) {
    header.writeBytes(text(tensor.name()));
    long[] shape = tensor.shape().getShape();
    header.writeBytes(int32(shape.length));
    for (int i = shape.length - 1; i >= 0; i--) { // that of a row first
      header.writeBytes(int64(shape[i]));
    }
    header.writeBytes(int32(type(tensor).code()));
    header.writeBytes(int64(offset));
  }

  private static GgufType type(TensorEntry tensor) {
    return Arrays.stream(GgufType.values())
        .filter(type -> type.plain().filter(tensor.type()::equals).isPresent())
        .findFirst()
        .orElseThrow(
            () ->
                new CheckpointException(
                    "tensor '%s' is %s, which is not written to GGUF files"
                        .formatted(tensor.name(), tensor.type())));
  }

  private static long aligned(long size) {
    int alignment = GgufHeader.DEFAULT_ALIGNMENT;
    return (size + alignment - 1) / alignment * alignment;
  }

  private static byte[] int32(int value) {
    return little(Integer.BYTES).putInt(value).array();
  }

  private static byte[] int64(long value) {
    return little(Long.BYTES).putLong(value).array();
  }

  private static byte[] text(String value) {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    return little(Long.BYTES + bytes.length).putLong(bytes.length).put(bytes).array();
  }

  private static ByteBuffer little(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }
}
