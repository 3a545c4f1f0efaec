// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import io.github.lora4j.djl.format.SafetensorsFile;
import io.github.lora4j.djl.format.SafetensorsWriter;
import io.github.lora4j.djl.format.TensorEntry;
import io.github.lora4j.djl.format.TensorFile;
import io.github.lora4j.djl.train.checkpoint.StoredCheckpoint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;

/**
 * A part that is tensors in one file; a part without tensors has no file.
 *
 * @param file the file's name
 * @param state the tensors as they are now
 * @param restorer sets them
 */
record TensorPart(String file, Supplier<List<TensorEntry>> state, Restorer restorer)
    implements CheckpointedPart {
  /** Sets the tensors of a part. */
  @FunctionalInterface
  interface Restorer {
    /**
     * Called once.
     *
     * @param step the checkpoint's step
     * @param saved the tensors
     */
    void restore(int step, TensorFile saved);
  }

  @Override
  public void save(Path directory) {
    List<TensorEntry> tensors = state.get();
    if (!tensors.isEmpty()) {
      SafetensorsWriter.write(directory.resolve(file), tensors);
    }
  }

  @Override
  public void restore(StoredCheckpoint checkpoint, int step) {
    Path path = checkpoint.file(file);
    if (Files.exists(path)) {
      try (SafetensorsFile saved = SafetensorsFile.open(path)) {
        restorer.restore(step, saved);
      }
    }
  }
}
