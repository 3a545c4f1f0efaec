// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import ai.djl.engine.Engine;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.lora4j.djl.format.SafetensorsFile;
import io.github.lora4j.djl.format.SafetensorsWriter;
import io.github.lora4j.djl.format.StoredType;
import io.github.lora4j.djl.format.TensorEntry;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** A checkpoint or an adapter, copied so that a test may damage it. */
record CheckpointCopy(Path directory) {
  static CheckpointCopy of(Path source, Path directory) throws IOException {
    Files.createDirectories(directory);
    try (Stream<Path> files = Files.list(source)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, directory.resolve(file.getFileName()));
      }
    }
    return new CheckpointCopy(directory);
  }

  Path file(String name) {
    return directory.resolve(name);
  }

  void delete(String name) throws IOException {
    Files.delete(file(name));
  }

  void write(String name, String text) throws IOException {
    Files.writeString(file(name), text);
  }

  /** Sets a field of a JSON file; null takes it out. */
  void set(String name, String field, String json) throws IOException {
    JsonObject object = JsonParser.parseString(Files.readString(file(name))).getAsJsonObject();
    if (json == null) {
      object.remove(field);
    } else {
      JsonElement value = JsonParser.parseString(json);
      object.add(field, value);
    }
    write(name, object.toString());
  }

  /** Rewrites a file of tensors. */
  void tensors(String name, Consumer<Map<String, TensorEntry>> change) throws IOException {
    Path changed = file(name + ".changed");
    try (SafetensorsFile file = SafetensorsFile.open(file(name))) {
      Map<String, TensorEntry> entries = new LinkedHashMap<>();
      file.names().forEach(tensor -> entries.put(tensor, TensorEntry.of(file.tensor(tensor))));
      change.accept(entries);
      SafetensorsWriter.write(changed, List.copyOf(entries.values()));
    }
    Files.move(changed, file(name), StandardCopyOption.REPLACE_EXISTING);
  }

  /** Zeros of a shape. */
  static TensorEntry zeros(String name, long... shape) {
    Shape dimensions = new Shape(shape);
    return TensorEntry.computed(
        name,
        dimensions,
        StoredType.F32,
        () -> Engine.getEngine("PyTorch").newBaseManager().zeros(dimensions));
  }

  /** Cuts a file short. */
  void truncate(String name, long bytes) throws IOException {
    try (FileChannel channel = FileChannel.open(file(name), StandardOpenOption.WRITE)) {
      channel.truncate(channel.size() - bytes);
    }
  }
}
