// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import java.nio.file.Path;
import java.util.List;

/** An open file of named tensors. Checked when opened; may be read from several threads. */
public sealed interface TensorFile extends AutoCloseable permits SafetensorsFile, TorchPickle {
  /**
   * The file.
   *
   * @return its path as given
   */
  Path path();

  /**
   * The names of the tensors.
   *
   * @return the names in the file's order
   */
  List<String> names();

  /**
   * Whether there is a tensor.
   *
   * @param name its name
   * @return true if {@link #tensor} finds it
   */
  boolean contains(String name);

  /**
   * Finds a tensor.
   *
   * @param name its name
   * @return the tensor, which can be read until this file is closed
   * @throws io.github.lora4j.CheckpointException if there is none of that name
   */
  StoredTensor tensor(String name);

  /** Closes the file. Arrays made from its tensors stay. Closing twice does nothing. */
  @Override
  void close();
}
