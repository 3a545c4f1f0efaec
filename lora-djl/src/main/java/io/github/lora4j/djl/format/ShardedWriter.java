// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import io.github.lora4j.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Writes the weights of a model directory as transformers does: {@code model.safetensors}, or above
 * a size {@code model-00001-of-0000N.safetensors} and {@code model.safetensors.index.json}.
 */
public final class ShardedWriter {
  /** The default of transformers' {@code save_pretrained}: 5 GB. */
  public static final long DEFAULT_MAX_SHARD_BYTES = 5_000_000_000L;

  private static final Gson GSON =
      new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();
  private static final Pattern SHARD = Pattern.compile("model-\\d{5}-of-\\d{5}\\.safetensors");

  private ShardedWriter() {}

  /**
   * Writes all tensors. Every byte is on disk beside its place before the first file is renamed, so
   * a failure while tensors are made or written leaves the directory as it was. Weights of an
   * earlier save that are not part of this one are removed last: two models in one directory would
   * be read as neither.
   *
   * @param directory the model directory, made if missing
   * @param tensors the tensors, with distinct names
   * @param maxShardBytes the largest size of a file's tensors in bytes; a larger tensor gets a file
   *     of its own
   * @return the files written, the index included
   * @throws CheckpointException if a tensor cannot be made or the directory cannot be written
   */
  public static List<Path> write(
      Path directory, Collection<TensorEntry> tensors, long maxShardBytes) {
    SafetensorsWriter.requireDistinctNames(directory, tensors);
    Map<String, List<TensorEntry>> shards = named(split(tensors, maxShardBytes));
    List<AtomicFile> files = new ArrayList<>();
    try {
      for (Map.Entry<String, List<TensorEntry>> shard : shards.entrySet()) {
        AtomicFile file = AtomicFile.create(directory.resolve(shard.getKey()));
        files.add(file);
        SafetensorsWriter.append(file, shard.getValue(), SafetensorsWriter.DEFAULT_METADATA);
        file.finish();
      }
      return publish(directory, shards, files);
    } finally {
      files.forEach(AtomicFile::close);
    }
  }

  private static List<Path> publish(
      Path directory, Map<String, List<TensorEntry>> shards, List<AtomicFile> files) {
    // Without its index first: an index must never name shards of another save.
    delete(directory.resolve(CheckpointNames.SAFETENSORS_INDEX));
    files.forEach(AtomicFile::commit);
    Set<String> names = new LinkedHashSet<>(shards.keySet());
    if (shards.size() > 1) {
      AtomicFile.writeString(
          directory.resolve(CheckpointNames.SAFETENSORS_INDEX), GSON.toJson(index(shards)) + "\n");
      names.add(CheckpointNames.SAFETENSORS_INDEX);
    }
    deleteStale(directory, names);
    return names.stream().map(directory::resolve).toList();
  }

  private static List<List<TensorEntry>> split(
      Collection<TensorEntry> tensors, long maxShardBytes) {
    List<List<TensorEntry>> shards = new ArrayList<>();
    shards.add(new ArrayList<>());
    long bytes = 0;
    for (TensorEntry tensor : tensors) {
      List<TensorEntry> shard = shards.get(shards.size() - 1);
      if (!shard.isEmpty() && bytes + tensor.byteSize() > maxShardBytes) {
        shard = new ArrayList<>();
        shards.add(shard);
        bytes = 0;
      }
      shard.add(tensor);
      bytes += tensor.byteSize();
    }
    return shards;
  }

  private static Map<String, List<TensorEntry>> named(List<List<TensorEntry>> shards) {
    if (shards.size() == 1) {
      return Map.of(CheckpointNames.SAFETENSORS, shards.get(0));
    }
    Map<String, List<TensorEntry>> named = new LinkedHashMap<>();
    for (List<TensorEntry> shard : shards) {
      int number = named.size() + 1;
      named.put(
          String.format(Locale.ROOT, "model-%05d-of-%05d.safetensors", number, shards.size()),
          shard);
    }
    return named;
  }

  private static JsonObject index(Map<String, List<TensorEntry>> shards) {
    Map<String, String> weightMap = new TreeMap<>();
    long totalSize = 0;
    for (Map.Entry<String, List<TensorEntry>> shard : shards.entrySet()) {
      for (TensorEntry tensor : shard.getValue()) {
        weightMap.put(tensor.name(), shard.getKey());
        totalSize += tensor.byteSize();
      }
    }
    JsonObject metadata = new JsonObject();
    metadata.addProperty("total_size", totalSize);
    JsonObject index = new JsonObject();
    index.add("metadata", metadata);
    index.add("weight_map", GSON.toJsonTree(weightMap));
    return index;
  }

  private static void deleteStale(Path directory, Set<String> written) {
    try (Stream<Path> paths = Files.list(directory)) {
      paths.filter(path -> isStale(path, written)).forEach(ShardedWriter::delete);
    } catch (IOException e) {
      throw new CheckpointException(directory + ": cannot be listed (" + e + ")", e);
    }
  }

  private static boolean isStale(Path path, Set<String> written) {
    String name = path.getFileName().toString();
    boolean weights = name.equals(CheckpointNames.SAFETENSORS) || SHARD.matcher(name).matches();
    return weights && !written.contains(name);
  }

  private static void delete(Path path) {
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      throw new CheckpointException(
          path + ": weights of an earlier save cannot be removed (" + e + "); remove them", e);
    }
  }
}
