// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.github.lora4j.CheckpointException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Writes safetensors files that the reference implementation, transformers and PEFT read. Tensors
 * are made and written one after the other; a file appears whole or not at all.
 */
public final class SafetensorsWriter {
  /** What transformers asks for before it loads a file. */
  public static final Map<String, String> DEFAULT_METADATA = Map.of("format", "pt");

  private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();
  private static final int ALIGNMENT = 8;

  private SafetensorsWriter() {}

  /**
   * Writes a file with the metadata {@code {"format": "pt"}}.
   *
   * @param path the file; an existing one is replaced
   * @param tensors the tensors, with distinct names
   * @throws CheckpointException if two tensors have the same name, one does not keep what its entry
   *     says, or the file cannot be written; nothing is then changed on disk
   */
  public static void write(Path path, Collection<TensorEntry> tensors) {
    write(path, tensors, DEFAULT_METADATA);
  }

  /**
   * Writes a file.
   *
   * @param path the file; an existing one is replaced
   * @param tensors the tensors, with distinct names
   * @param metadata free text for the header
   * @throws CheckpointException as {@link #write(Path, Collection)}
   */
  public static void write(
      Path path, Collection<TensorEntry> tensors, Map<String, String> metadata) {
    requireDistinctNames(path, tensors);
    try (AtomicFile file = AtomicFile.create(path)) {
      append(file, tensors, metadata);
      file.commit();
    }
  }

  /** Writes header and tensors of distinct names to a file that the caller commits. */
  static void append(
      AtomicFile file, Collection<TensorEntry> tensors, Map<String, String> metadata) {
    List<TensorEntry> ordered = aligned(tensors);
    file.write(header(ordered, metadata));
    ordered.forEach(tensor -> tensor.writeTo(file));
  }

  /**
   * Larger elements first, else in the given order: each tensor begins at a multiple of its type.
   */
  private static List<TensorEntry> aligned(Collection<TensorEntry> tensors) {
    return tensors.stream()
        .sorted(Comparator.comparingInt((TensorEntry tensor) -> -tensor.type().bytes()))
        .toList();
  }

  private static ByteBuffer header(List<TensorEntry> tensors, Map<String, String> metadata) {
    JsonObject header = new JsonObject();
    if (!metadata.isEmpty()) {
      header.add(SafetensorsHeader.METADATA, GSON.toJsonTree(metadata));
    }
    long position = 0;
    for (TensorEntry tensor : tensors) {
      header.add(tensor.name(), describe(tensor, position));
      position += tensor.byteSize();
    }
    byte[] json = GSON.toJson(header).getBytes(StandardCharsets.UTF_8);
    int length = (json.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES + length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(length).put(json);
    while (bytes.hasRemaining()) {
      bytes.put((byte) ' ');
    }
    return bytes.flip();
  }

  private static JsonObject describe(TensorEntry tensor, long position) {
    JsonArray shape = new JsonArray();
    for (long size : tensor.shape().getShape()) {
      shape.add(size);
    }
    JsonArray offsets = new JsonArray();
    offsets.add(position);
    offsets.add(position + tensor.byteSize());
    JsonObject description = new JsonObject();
    description.addProperty("dtype", tensor.type().name());
    description.add("shape", shape);
    description.add("data_offsets", offsets);
    return description;
  }

  /** Refuses a name that occurs twice, or is the metadata's. */
  static void requireDistinctNames(Path path, Collection<TensorEntry> tensors) {
    Set<String> names = new HashSet<>();
    for (TensorEntry tensor : tensors) {
      if (!names.add(tensor.name()) || tensor.name().equals(SafetensorsHeader.METADATA)) {
        throw new CheckpointException(
            path + ": tensor name '" + tensor.name() + "' is used twice or reserved; rename it");
      }
    }
  }
}
