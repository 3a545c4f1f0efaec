// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import io.github.lora4j.CheckpointException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A GGUF file, as llama.cpp reads models and adapters: metadata by name, and tensors. Opening
 * checks the whole header against the file, so that every tensor of an open file can be read.
 */
public final class GgufFile implements AutoCloseable {
  private final CheckpointFile file;
  private final HuggingFaceConfig metadata;
  private final Map<String, GgufTensor> tensors;

  private GgufFile(CheckpointFile file, GgufHeader header) {
    this.file = file;
    metadata = HuggingFaceConfig.of(file.path(), header.metadata());
    tensors = header.tensors();
  }

  /**
   * Whether a path is that of a GGUF file.
   *
   * @param path the path
   * @return true if its name ends in {@code .gguf}
   */
  public static boolean isNamed(Path path) {
    return path.toString().endsWith(".gguf");
  }

  /**
   * Opens a file and checks it.
   *
   * @param path the file
   * @return the open file, to be closed by the caller
   * @throws CheckpointException if the file is missing, unreadable, truncated or damaged, or holds
   *     a tensor of a type that is none of {@link GgufType}
   */
  public static GgufFile open(Path path) {
    CheckpointFile file = CheckpointFile.open(path);
    try {
      return new GgufFile(file, GgufHeader.read(file));
    } catch (RuntimeException | Error e) {
      file.close();
      throw e;
    }
  }

  /**
   * The file.
   *
   * @return its path as given
   */
  public Path path() {
    return file.path();
  }

  /**
   * The metadata: {@code general.architecture}, {@code llama.block_count} and so on.
   *
   * @return the values by their keys, to be read by type; no value is null
   */
  public HuggingFaceConfig metadata() {
    return metadata;
  }

  /**
   * The names of the tensors.
   *
   * @return the names in the file's order
   */
  public List<String> names() {
    return List.copyOf(tensors.keySet());
  }

  /**
   * Whether there is a tensor.
   *
   * @param name its name
   * @return true if {@link #tensor} finds it
   */
  public boolean contains(String name) {
    return tensors.containsKey(name);
  }

  /**
   * Finds a tensor.
   *
   * @param name its name
   * @return the tensor, which can be read until this file is closed
   * @throws CheckpointException if there is none of that name
   */
  public GgufTensor tensor(String name) {
    GgufTensor tensor = tensors.get(name);
    if (tensor == null) {
      throw file.error(
          "no tensor \"%s\" among its %d; is it a model's file?".formatted(name, tensors.size()));
    }
    return tensor;
  }

  /** Closes the file. Arrays made from its tensors stay. Closing twice does nothing. */
  @Override
  public void close() {
    file.close();
  }
}
