// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.djl.train.checkpoint.StoredCheckpoint;
import io.github.lora4j.optim.AdamW;
import io.github.lora4j.optim.StatefulOptimizer;
import io.github.lora4j.train.FineTuningOptions;
import java.nio.file.Path;

/**
 * What updates the parameters of a run: the optimizer that was given, or one that is made of the
 * options and closed with this.
 *
 * @param rule the optimizer
 * @param learningRate the rate of each step; NaN if an optimizer was given, which keeps it to
 *     itself
 * @param release frees what was made here
 */
record RunOptimizer(Optimizer rule, Tracker learningRate, Runnable release)
    implements CheckpointedPart, AutoCloseable {
  private static final String FILE = "optimizer.safetensors";

  static RunOptimizer of(FineTuningOptions options, int totalSteps) {
    if (options.optimizer().isPresent()) {
      return new RunOptimizer(options.optimizer().get(), step -> Float.NaN, () -> {});
    }
    Tracker rate = options.learningRate().tracker(totalSteps);
    AdamW own = AdamW.builder().learningRate(rate).weightDecay(options.weightDecay()).build();
    return new RunOptimizer(own, rate, own::close);
  }

  /**
   * Insists that the state can be saved.
   *
   * @throws ConfigurationException if the optimizer keeps it to itself
   */
  static void requireStateful(FineTuningOptions options) {
    options.optimizer().ifPresent(RunOptimizer::stateful);
  }

  private static StatefulOptimizer stateful(Optimizer optimizer) {
    if (optimizer instanceof StatefulOptimizer stateful) {
      return stateful;
    }
    throw new ConfigurationException(
        "FineTuner: a %s keeps its state to itself, so that no checkpoint can hold it; use AdamW or PagedAdamW of io.github.lora4j.optim, or leave checkpoints out"
            .formatted(optimizer.getClass().getSimpleName()));
  }

  @Override
  public void save(Path directory) {
    stateful(rule).save(directory.resolve(FILE));
  }

  @Override
  public void restore(StoredCheckpoint checkpoint, int step) {
    stateful(rule).restore(checkpoint.file(FILE));
  }

  @Override
  public void close() {
    release.run();
  }
}
