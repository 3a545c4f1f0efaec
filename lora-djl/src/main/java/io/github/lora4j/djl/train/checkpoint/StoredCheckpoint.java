// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train.checkpoint;

import io.github.lora4j.CheckpointException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A checkpoint on the disk.
 *
 * @param directory where it is
 */
public record StoredCheckpoint(Path directory) {
  /**
   * Looks for what keeps it from being used.
   *
   * @return the file and what is wrong with it; empty if all files are as they were written
   */
  public Optional<String> damage() {
    if (!Files.isDirectory(directory)) {
      return Optional.of(directory + ": no such directory");
    }
    return Manifest.damage(directory);
  }

  /**
   * Insists on it.
   *
   * @return this
   * @throws CheckpointException if it is damaged
   */
  public StoredCheckpoint requireWhole() {
    damage()
        .ifPresent(
            damage -> {
              throw new CheckpointException(
                  damage
                      + "; expected a whole checkpoint: resume from another one, or from the newest"
                      + " that is whole with resume");
            });
    return this;
  }

  /**
   * A file of it.
   *
   * @param name the file's name
   * @return its path
   */
  public Path file(String name) {
    return directory.resolve(name);
  }
}
