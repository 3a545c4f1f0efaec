// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.optim;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.github.lora4j.CheckpointException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The header of a safetensors file: what there is, and where.
 *
 * @param metadata the file's free text, here the optimizer's settings
 * @param tensors the tensors by name, in the order of their bytes
 */
record StateHeader(Map<String, String> metadata, Map<String, StateTensor> tensors) {
  private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();
  private static final String METADATA = "__metadata__";
  private static final int ALIGNMENT = 8;

  /** Length and text, ready to be written; a multiple of eight bytes. */
  ByteBuffer encode() {
    JsonObject header = new JsonObject();
    header.add(METADATA, GSON.toJsonTree(metadata));
    tensors.forEach((name, tensor) -> header.add(name, describe(tensor)));
    byte[] json = GSON.toJson(header).getBytes(StandardCharsets.UTF_8);
    int length = (json.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES + length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(length).put(json);
    while (bytes.hasRemaining()) {
      bytes.put((byte) ' ');
    }
    return bytes.flip();
  }

  private static JsonObject describe(StateTensor tensor) {
    JsonArray shape = new JsonArray();
    tensor.shape().forEach(shape::add);
    JsonArray offsets = new JsonArray();
    offsets.add(tensor.begin());
    offsets.add(tensor.end());
    JsonObject description = new JsonObject();
    description.addProperty("dtype", tensor.type());
    description.add("shape", shape);
    description.add("data_offsets", offsets);
    return description;
  }

  /** Reads the text; the tensors must fill what lies behind it, one after the other. */
  static StateHeader decode(Path path, ByteBuffer json, long dataBytes) {
    try {
      Map<String, String> metadata = new LinkedHashMap<>();
      Map<String, StateTensor> tensors = new LinkedHashMap<>();
      String text = StandardCharsets.UTF_8.decode(json).toString();
      for (Map.Entry<String, JsonElement> entry :
          JsonParser.parseString(text).getAsJsonObject().entrySet()) {
        JsonObject value = entry.getValue().getAsJsonObject();
        if (entry.getKey().equals(METADATA)) {
          value.entrySet().forEach(e -> metadata.put(e.getKey(), e.getValue().getAsString()));
        } else {
          tensors.put(entry.getKey(), tensor(value));
        }
      }
      requireSeamless(path, tensors, dataBytes);
      return new StateHeader(metadata, tensors);
    } catch (JsonParseException
        | IllegalStateException
        | IndexOutOfBoundsException
        | NumberFormatException
        | NullPointerException
        | UnsupportedOperationException e) {
      throw new CheckpointException(
          path + ": the header is no safetensors header (" + e + "); the file is damaged", e);
    }
  }

  private static StateTensor tensor(JsonObject value) {
    List<Long> shape = new ArrayList<>();
    value.getAsJsonArray("shape").forEach(size -> shape.add(size.getAsLong()));
    JsonArray offsets = value.getAsJsonArray("data_offsets");
    return new StateTensor(
        value.get("dtype").getAsString(),
        shape,
        offsets.get(0).getAsLong(),
        offsets.get(1).getAsLong());
  }

  private static void requireSeamless(Path path, Map<String, StateTensor> tensors, long dataBytes) {
    long end = 0;
    for (Map.Entry<String, StateTensor> entry : tensors.entrySet()) {
      StateTensor tensor = entry.getValue();
      if (tensor.begin() != end || tensor.end() < tensor.begin()) {
        throw new CheckpointException(
            "%s: tensor '%s' lies at bytes %d to %d, expected from %d; the file is damaged"
                .formatted(path, entry.getKey(), tensor.begin(), tensor.end(), end));
      }
      end = tensor.end();
    }
    if (end != dataBytes) {
      throw new CheckpointException(
          "%s: has %d bytes of tensors, its header says %d; the file is cut short or damaged"
              .formatted(path, dataBytes, end));
    }
  }
}
