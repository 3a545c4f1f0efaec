package io.github.lora4j.djl.train;

import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import io.github.lora4j.optim.AdamW;
import io.github.lora4j.train.FineTuningOptions;

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
    implements AutoCloseable {
  static RunOptimizer of(FineTuningOptions options, int totalSteps) {
    if (options.optimizer().isPresent()) {
      return new RunOptimizer(options.optimizer().get(), step -> Float.NaN, () -> {});
    }
    Tracker rate = options.learningRate().tracker(totalSteps);
    AdamW own = AdamW.builder().learningRate(rate).weightDecay(options.weightDecay()).build();
    return new RunOptimizer(own, rate, own::close);
  }

  @Override
  public void close() {
    release.run();
  }
}
