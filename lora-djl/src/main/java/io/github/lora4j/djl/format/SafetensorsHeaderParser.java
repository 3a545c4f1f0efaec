// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonParseException;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import io.github.lora4j.CheckpointException;
import java.io.EOFException;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads the JSON of a safetensors header; each tensor's size must be that of its type and shape.
 */
final class SafetensorsHeaderParser {
  private static final List<String> FIELDS = List.of("dtype", "shape", "data_offsets");

  private final CheckpointFile file;
  private final Map<String, SafetensorsHeader.Entry> entries = new LinkedHashMap<>();
  private final Map<String, String> metadata = new LinkedHashMap<>();
  private boolean metadataSeen;

  SafetensorsHeaderParser(CheckpointFile file) {
    this.file = file;
  }

  Collection<SafetensorsHeader.Entry> entries() {
    return entries.values();
  }

  Map<String, String> metadata() {
    return metadata;
  }

  void parse(ByteBuffer header) {
    // A stream, not a tree: a tree forgets names that occur twice.
    try (JsonReader reader = new JsonReader(new StringReader(StrictJson.decode(file, header)))) {
      reader.setStrictness(Strictness.STRICT);
      expect(reader, JsonToken.BEGIN_OBJECT, "the header");
      reader.beginObject();
      while (reader.hasNext()) {
        readMember(reader);
      }
      reader.endObject();
      expect(reader, JsonToken.END_DOCUMENT, "what follows the header");
    } catch (MalformedJsonException | EOFException | JsonParseException e) {
      throw new CheckpointException(
          file.path() + ": header is no valid JSON (" + e.getMessage() + "); the file is damaged",
          e);
    } catch (IOException e) {
      throw new CheckpointException(file.path() + ": header cannot be read (" + e + ")", e);
    }
  }

  private void readMember(JsonReader reader) throws IOException {
    String name = reader.nextName();
    if (name.equals(SafetensorsHeader.METADATA)) {
      readMetadata(reader);
    } else if (entries.put(name, readTensor(reader, name)) != null) {
      throw error(name, "occurs twice in the header");
    }
  }

  private void readMetadata(JsonReader reader) throws IOException {
    if (metadataSeen) {
      throw file.error(SafetensorsHeader.METADATA + " occurs twice in the header");
    }
    metadataSeen = true;
    expect(reader, JsonToken.BEGIN_OBJECT, SafetensorsHeader.METADATA);
    reader.beginObject();
    while (reader.hasNext()) {
      String key = reader.nextName();
      expect(reader, JsonToken.STRING, SafetensorsHeader.METADATA + "." + key);
      metadata.put(key, reader.nextString());
    }
    reader.endObject();
  }

  private SafetensorsHeader.Entry readTensor(JsonReader reader, String name) throws IOException {
    Set<String> seen = new HashSet<>();
    String dtype = "";
    List<Long> shape = List.of();
    List<Long> offsets = List.of();
    expect(reader, JsonToken.BEGIN_OBJECT, "tensor '" + name + "'");
    reader.beginObject();
    while (reader.hasNext()) {
      String field = reader.nextName();
      if (!seen.add(field)) {
        throw error(name, "has the field " + field + " twice");
      }
      switch (field) {
        case "dtype" -> {
          expect(reader, JsonToken.STRING, "tensor '" + name + "': dtype");
          dtype = reader.nextString();
        }
        case "shape" -> shape = readSizes(reader, name, field);
        case "data_offsets" -> offsets = readSizes(reader, name, field);
        default -> reader.skipValue();
      }
    }
    reader.endObject();
    if (!seen.containsAll(FIELDS)) {
      throw error(name, "has the fields " + seen + ", expected " + FIELDS);
    }
    return entry(name, dtype, shape, offsets);
  }

  private List<Long> readSizes(JsonReader reader, String name, String field) throws IOException {
    String where = "tensor '" + name + "': " + field;
    List<Long> sizes = new ArrayList<>();
    expect(reader, JsonToken.BEGIN_ARRAY, where);
    reader.beginArray();
    while (reader.hasNext()) {
      expect(reader, JsonToken.NUMBER, where);
      sizes.add(parseSize(reader.nextString(), where));
    }
    reader.endArray();
    return sizes;
  }

  private long parseSize(String text, String where) {
    try {
      long size = Long.parseLong(text);
      if (size >= 0) {
        return size;
      }
    } catch (NumberFormatException e) {
      // Reported below, with negative sizes.
    }
    throw file.error(where + " contains " + text + ", expected integers from 0 to 2^63 - 1");
  }

  private SafetensorsHeader.Entry entry(
      String name, String dtype, List<Long> sizes, List<Long> offsets) {
    StoredType type =
        StoredType.named(dtype)
            .orElseThrow(
                () ->
                    error(
                        name,
                        "has dtype '"
                            + dtype
                            + "', expected one of "
                            + List.of(StoredType.values())));
    if (offsets.size() != 2 || offsets.get(0) > offsets.get(1)) {
      throw error(name, "has data_offsets " + offsets + ", expected [begin, end], begin <= end");
    }
    long begin = offsets.get(0);
    long end = offsets.get(1);
    long bytes =
        TensorSizes.bytes(sizes, type)
            .orElseThrow(() -> error(name, "has shape " + sizes + ", more than 2^63 bytes"));
    if (end - begin != bytes) {
      throw error(
          name,
          "has "
              + (end - begin)
              + " bytes (data_offsets "
              + offsets
              + "), but "
              + type
              + " "
              + sizes
              + " takes "
              + bytes);
    }
    return new SafetensorsHeader.Entry(name, type, new Shape(sizes), begin, end);
  }

  private void expect(JsonReader reader, JsonToken token, String what) throws IOException {
    JsonToken found = reader.peek();
    if (found != token) {
      throw file.error(what + " is " + found + ", expected " + token + "; the header is damaged");
    }
  }

  private CheckpointException error(String name, String message) {
    return file.error("tensor '" + name + "' " + message);
  }
}
