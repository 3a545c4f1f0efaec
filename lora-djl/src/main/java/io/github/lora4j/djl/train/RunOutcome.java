// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import ai.djl.nn.Parameter;
import io.github.lora4j.LoraException;
import io.github.lora4j.train.FineTuningOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a run leaves: the parameters as they are at its end, or those of the lowest evaluation loss;
 * in the model, and in the output directory if there is one.
 */
final class RunOutcome implements AutoCloseable {
  private static final String BEST = "best.safetensors";

  private final TrainedModel model;
  private final Optional<Path> directory;
  private final Optional<ParameterSnapshot> best;
  private boolean bestTaken;
  private boolean bestSaved;

  RunOutcome(TrainedModel model, Map<String, Parameter> trainable, FineTuningOptions options) {
    this.model = model;
    directory = options.outputDir();
    best =
        options.evaluation().keepBest()
            ? Optional.of(new ParameterSnapshot(model.decoder(), trainable, model.manager()))
            : Optional.empty();
  }

  /** The parameters as they are now are the best so far; they are saved at once. */
  void markBest() {
    if (best.isPresent()) {
      best.get().take();
      bestTaken = true;
      bestSaved = true;
      save();
    }
  }

  /** Leaves the result in the model and in the directory. */
  void settle() {
    if (bestTaken) {
      best.orElseThrow().restore();
      if (!bestSaved) {
        save();
      }
    } else {
      save();
    }
  }

  /**
   * Saves what there is when a run breaks off.
   *
   * @return what was saved, in words
   */
  String rescue(int lastGoodStep) {
    if (directory.isEmpty()) {
      return "no outputDir was set, so nothing was saved";
    }
    if (bestSaved) {
      return "%s holds the best parameters so far".formatted(directory.get());
    }
    try {
      save();
    } catch (LoraException e) {
      // Why the run broke off matters more.
      return "the parameters could not be saved: " + e.getMessage();
    }
    return "%s holds the parameters of step %d".formatted(directory.get(), lastGoodStep);
  }

  /** The best parameters so far, as a part of a checkpoint. */
  CheckpointedPart part() {
    return new TensorPart(
        BEST,
        () -> best.map(ParameterSnapshot::entries).orElse(List.of()),
        (step, saved) -> {
          best.orElseThrow().load(saved);
          bestTaken = true;
          bestSaved = directory.filter(saved.path()::startsWith).isPresent();
        });
  }

  private void save() {
    directory.ifPresent(model.saver());
  }

  @Override
  public void close() {
    best.ifPresent(ParameterSnapshot::close);
  }
}
