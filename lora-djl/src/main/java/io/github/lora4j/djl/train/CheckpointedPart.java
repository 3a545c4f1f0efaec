// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import io.github.lora4j.djl.train.checkpoint.StoredCheckpoint;
import java.nio.file.Path;

/** A part of a run that has files of its own in each checkpoint. */
interface CheckpointedPart {
  /**
   * Writes what it is now.
   *
   * @param directory the checkpoint
   * @throws io.github.lora4j.LoraException if it cannot be written
   */
  void save(Path directory);

  /**
   * Becomes what was written.
   *
   * @param checkpoint a whole checkpoint of this run
   * @param step its step; 0 for the one before the first step
   */
  void restore(StoredCheckpoint checkpoint, int step);
}
