// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.github.lora4j.CheckpointException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** The index of a checkpoint in several files: {@code weight_map} from tensor to file. */
final class ShardIndex {
  private static final String WEIGHT_MAP = "weight_map";

  /** A file of the same directory, so that an index cannot reach outside it. */
  private static final Pattern FILE_NAME = Pattern.compile("[^/\\\\:]+\\.(safetensors|bin)");

  private ShardIndex() {}

  /** The file of each tensor, in the index's order. */
  static Map<String, String> read(Path index) {
    JsonObject root = StrictJson.readObject(index);
    if (!(root.get(WEIGHT_MAP) instanceof JsonObject weightMap)) {
      throw new CheckpointException(
          index + ": " + WEIGHT_MAP + " is missing or no object, expected tensor names to files");
    }
    Map<String, String> files = new LinkedHashMap<>();
    weightMap.asMap().forEach((name, file) -> files.put(name, fileName(index, name, file)));
    return files;
  }

  /** The tensor that the index says is in a file. */
  static StoredTensor resolve(Path index, String name, TensorFile file) {
    if (!file.contains(name)) {
      throw new CheckpointException(
          index
              + ": tensor '"
              + name
              + "' should be in "
              + file.path().getFileName()
              + ", but is not; index and shards are of different saves, get all of them again");
    }
    return file.tensor(name);
  }

  private static String fileName(Path index, String name, JsonElement file) {
    String text = new ConfigField(index, WEIGHT_MAP + "." + name, file).toText();
    if (!FILE_NAME.matcher(text).matches()) {
      throw new CheckpointException(
          index
              + ": "
              + WEIGHT_MAP
              + "."
              + name
              + " is '"
              + text
              + "', expected a .safetensors or .bin file of the same directory");
    }
    return text;
  }
}
