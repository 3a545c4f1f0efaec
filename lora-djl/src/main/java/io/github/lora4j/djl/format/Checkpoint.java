// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import io.github.lora4j.CheckpointException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The weights of a Hugging Face model directory, in whichever form they lie there: {@code
 * model.safetensors}, its shards with an index, {@code pytorch_model.bin}, or its shards with an
 * index, looked for in this order.
 */
public final class Checkpoint implements AutoCloseable {
  private final Path directory;
  private final List<TensorFile> files;
  private final TensorTable table;

  private Checkpoint(Path directory, List<TensorFile> files, Map<String, StoredTensor> tensors) {
    this.directory = directory;
    this.files = files;
    this.table = new TensorTable(directory, tensors);
  }

  /**
   * Opens the weights of a model directory and checks every file of them.
   *
   * @param directory the directory
   * @return the open checkpoint, to be closed by the caller
   * @throws CheckpointException if there are no weights, a shard is missing, an index names a
   *     tensor that its shard lacks, or a file is damaged
   */
  public static Checkpoint open(Path directory) {
    if (!Files.isDirectory(directory)) {
      throw new CheckpointException(
          directory
              + ": no such directory; expected a model directory with one of "
              + CheckpointNames.ALL);
    }
    for (String name : CheckpointNames.ALL) {
      Path path = directory.resolve(name);
      if (Files.exists(path)) {
        return name.endsWith(".json") ? openShards(directory, path) : openSingle(directory, path);
      }
    }
    throw new CheckpointException(
        directory + ": no weights, looked for " + CheckpointNames.ALL + "; check the directory");
  }

  /**
   * Whether there are weights.
   *
   * @param path a directory or anything else
   * @return true if {@link #open} would find some
   */
  public static boolean isIn(Path path) {
    return CheckpointNames.ALL.stream().anyMatch(name -> Files.exists(path.resolve(name)));
  }

  /**
   * The directory.
   *
   * @return its path as given
   */
  public Path directory() {
    return directory;
  }

  /**
   * The names of all tensors.
   *
   * @return the names, in the order of the file or the index
   */
  public List<String> names() {
    return table.names();
  }

  /**
   * Whether there is a tensor.
   *
   * @param name its name
   * @return true if {@link #tensor} finds it
   */
  public boolean contains(String name) {
    return table.contains(name);
  }

  /**
   * Finds a tensor.
   *
   * @param name its name
   * @return the tensor, which can be read until this checkpoint is closed
   * @throws CheckpointException if there is none of that name
   */
  public StoredTensor tensor(String name) {
    return table.tensor(name);
  }

  /** Closes all files. Arrays made from the tensors stay. Closing twice does nothing. */
  @Override
  public void close() {
    files.forEach(TensorFile::close);
  }

  private static Checkpoint openSingle(Path directory, Path path) {
    TensorFile file = openFile(path);
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    file.names().forEach(name -> tensors.put(name, file.tensor(name)));
    return new Checkpoint(directory, List.of(file), tensors);
  }

  private static Checkpoint openShards(Path directory, Path index) {
    Map<String, String> weightMap = ShardIndex.read(index);
    Map<String, TensorFile> shards = new LinkedHashMap<>();
    try {
      Map<String, StoredTensor> tensors = new LinkedHashMap<>();
      weightMap.forEach(
          (name, shard) -> {
            TensorFile file =
                shards.computeIfAbsent(shard, s -> openShard(index, directory.resolve(s)));
            tensors.put(name, ShardIndex.resolve(index, name, file));
          });
      return new Checkpoint(directory, List.copyOf(shards.values()), tensors);
    } catch (RuntimeException | Error e) {
      shards.values().forEach(TensorFile::close);
      throw e;
    }
  }

  private static TensorFile openShard(Path index, Path shard) {
    if (!Files.exists(shard)) {
      throw new CheckpointException(
          shard + ": missing, but " + index + " names it; get the shard, or all of them, again");
    }
    return openFile(shard);
  }

  private static TensorFile openFile(Path path) {
    return path.toString().endsWith(".safetensors")
        ? SafetensorsFile.open(path)
        : TorchPickle.open(path);
  }
}
