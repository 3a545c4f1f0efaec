// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import io.github.lora4j.djl.format.AtomicFile;
import io.github.lora4j.djl.train.checkpoint.OutputLock;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The output directory of a run, while the run has it to itself.
 *
 * @param lock keeps others from it; empty if the run has none
 */
record OutputDirectory(Optional<OutputLock> lock) implements AutoCloseable {
  /**
   * Makes the directory if need be, and writes in it: before hours of training is the time to find
   * out that their result cannot be saved. What a killed run left half written is removed.
   *
   * @throws io.github.lora4j.ConfigurationException if that fails, or another run has it
   */
  static OutputDirectory take(Optional<Path> directory) {
    Optional<OutputLock> lock = directory.map(OutputLock::acquire);
    directory.ifPresent(AtomicFile::sweep);
    return new OutputDirectory(lock);
  }

  @Override
  public void close() {
    lock.ifPresent(OutputLock::close);
  }
}
