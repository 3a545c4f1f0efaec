// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import io.github.lora4j.djl.train.checkpoint.StoredCheckpoint;
import java.nio.file.Path;

/**
 * The adapter in PEFT's format, so that a checkpoint can be tried out. A base that trains itself is
 * too large to be written twice.
 *
 * @param model the model
 */
record AdapterPart(TrainedModel model) implements CheckpointedPart {
  @Override
  public void save(Path directory) {
    if (model.facts().adapter().isPresent()) {
      model.saver().accept(directory);
    }
  }

  /** {@inheritDoc} Its values are among the trained parameters, in full. */
  @Override
  public void restore(StoredCheckpoint checkpoint, int step) {}
}
