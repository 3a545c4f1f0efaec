// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonObject;
import io.github.lora4j.CheckpointException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What stands before the data of a GGUF file, versions 2 and 3: magic, version, metadata, and where
 * each tensor lies.
 *
 * @param metadata the values by their keys
 * @param tensors the tensors by their names
 */
record GgufHeader(JsonObject metadata, Map<String, GgufTensor> tensors) {
  static final int MAGIC = 0x46554747; // "GGUF", little-endian
  static final int VERSION = 3;
  static final int DEFAULT_ALIGNMENT = 32;

  private static final int OLDEST_VERSION = 2;
  private static final String ALIGNMENT = "general.alignment";
  private static final int MOST_DIMENSIONS = 4;
  private static final int SMALLEST_ENTRY = 13; // an empty key, a type, a byte
  private static final int SMALLEST_TENSOR = 24; // an empty name, no dimensions, type, offset

  static GgufHeader read(CheckpointFile file) {
    GgufCursor cursor = new GgufCursor(file);
    requireVersion(file, cursor);
    int tensorCount = cursor.count(SMALLEST_TENSOR, "the number of tensors");
    int entryCount = cursor.count(SMALLEST_ENTRY, "the number of metadata entries");
    JsonObject metadata = metadata(cursor, entryCount);
    List<Place> places = new ArrayList<>();
    for (int i = 0; i < tensorCount; i++) {
      places.add(place(cursor));
    }
    long alignment = alignment(file, metadata);
    long dataStart = (cursor.position() + alignment - 1) / alignment * alignment;
    Map<String, GgufTensor> tensors = new LinkedHashMap<>();
    for (Place place : places) {
      if (tensors.put(place.name, tensor(file, place, dataStart, alignment)) != null) {
        throw error(file, place, "occurs twice");
      }
    }
    return new GgufHeader(metadata, Collections.unmodifiableMap(tensors));
  }

  private static void requireVersion(CheckpointFile file, GgufCursor cursor) {
    if (cursor.remaining() < Integer.BYTES || cursor.int32("the magic") != MAGIC) {
      throw file.error("is no GGUF file: it does not begin with \"GGUF\"");
    }
    int version = cursor.int32("the version");
    if (version < OLDEST_VERSION || version > VERSION) {
      int reversed = Integer.reverseBytes(version);
      boolean bigEndian = reversed >= OLDEST_VERSION && reversed <= VERSION;
      throw file.error(
          "is of %s, expected little-endian version %d or %d; convert the model again"
              .formatted(
                  bigEndian ? "big-endian byte order" : "version " + version,
                  OLDEST_VERSION,
                  VERSION));
    }
  }

  private static JsonObject metadata(GgufCursor cursor, int count) {
    JsonObject metadata = new JsonObject();
    for (int i = 0; i < count; i++) {
      String key = cursor.text("a metadata key");
      if (metadata.has(key)) {
        throw cursor.error("the metadata key " + key + " occurs twice");
      }
      metadata.add(key, GgufValues.read(cursor, key));
    }
    return metadata;
  }

  private static long alignment(CheckpointFile file, JsonObject metadata) {
    HuggingFaceConfig config = HuggingFaceConfig.of(file.path(), metadata);
    int alignment = config.intOr(DEFAULT_ALIGNMENT, ALIGNMENT);
    if (alignment < Long.BYTES || alignment % Long.BYTES != 0) {
      throw config.error(ALIGNMENT, "is %d, expected a multiple of 8".formatted(alignment));
    }
    return alignment;
  }

  /** Where a tensor lies, as the header says it. */
  private record Place(String name, List<Long> sizes, long type, long offset) {}

  private static Place place(GgufCursor cursor) {
    String name = cursor.text("a tensor's name");
    long dimensions = cursor.unsigned32("the dimensions of " + name);
    if (dimensions < 1 || dimensions > MOST_DIMENSIONS) {
      throw cursor.error(
          "tensor \"%s\" has %d dimensions, expected 1 to %d"
              .formatted(name, dimensions, MOST_DIMENSIONS));
    }
    List<Long> sizes = new ArrayList<>();
    for (int i = 0; i < dimensions; i++) {
      sizes.add(0, cursor.int64("the shape of " + name)); // the file has that of a row first
    }
    return new Place(
        name,
        sizes,
        cursor.unsigned32("the type of " + name),
        cursor.int64("the place of " + name));
  }

  private static GgufTensor tensor(
      CheckpointFile file, Place place, long dataStart, long alignment) {
    GgufType type =
        GgufType.of(place.type)
            .orElseThrow(
                () ->
                    error(
                        file,
                        place,
                        "is of type %d (ggml_type), supported are %s; convert the model to one of them"
                            .formatted(place.type, GgufType.supported())));
    long bytes = bytes(file, place, type);
    boolean inside =
        place.offset >= 0
            && bytes <= file.size() - dataStart
            && place.offset <= file.size() - dataStart - bytes;
    if (!inside || place.offset % alignment != 0) {
      throw error(
          file,
          place,
          "lies at byte %s of the data, %d bytes long, expected a multiple of %d inside the file; the file is damaged or cut short"
              .formatted(Long.toUnsignedString(place.offset), bytes, alignment));
    }
    Shape shape = new Shape(place.sizes.stream().mapToLong(Long::longValue).toArray());
    return GgufTensor.of(place.name, type, shape, file, dataStart + place.offset);
  }

  private static long bytes(CheckpointFile file, Place place, GgufType type) {
    try {
      long elements = 1;
      for (long size : place.sizes) {
        if (size < 1) {
          throw error(file, place, "has the shape " + place.sizes + "; the file is damaged");
        }
        elements = Math.multiplyExact(elements, size);
      }
      long row = place.sizes.get(place.sizes.size() - 1);
      if (row % type.blockSize() != 0) {
        throw error(
            file,
            place,
            "has rows of %d elements, expected a multiple of %d for %s"
                .formatted(row, type.blockSize(), type));
      }
      return Math.multiplyExact(elements / type.blockSize(), type.blockBytes());
    } catch (ArithmeticException e) {
      throw error(file, place, "has the shape " + place.sizes + ", more than a file can hold");
    }
  }

  private static CheckpointException error(CheckpointFile file, Place place, String problem) {
    return file.error("tensor \"%s\" %s".formatted(place.name, problem));
  }
}
