// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import io.github.lora4j.train.FineTuningOptions;

/**
 * How long a run is (transformers: {@code Trainer.set_initial_training_values}).
 *
 * @param rows rows of the training data
 * @param batchSize rows of a micro-batch
 * @param accumulation micro-batches of a step
 * @param steps all steps
 */
record RunLength(int rows, int batchSize, int accumulation, int steps) {
  /** What a product of decimal fractions may be too large by, in steps. */
  private static final double ROUNDING = 1e-6;

  static RunLength of(int rows, FineTuningOptions options) {
    RunLength epoch = new RunLength(rows, options.batchSize(), options.gradientAccumulation(), 0);
    double wanted = Math.ceil(options.epochs() * epoch.stepsPerEpoch() - ROUNDING);
    int steps = options.maxSteps().orElse((int) Math.max(1, wanted));
    return new RunLength(rows, epoch.batchSize, epoch.accumulation, steps);
  }

  int batchesPerEpoch() {
    return 1 + (rows - 1) / batchSize;
  }

  /** The last one may be smaller. */
  int stepsPerEpoch() {
    return 1 + (batchesPerEpoch() - 1) / accumulation;
  }

  /** How often the data was seen after some steps. */
  double epochsAfter(int done) {
    int whole = done / stepsPerEpoch();
    int batches = done % stepsPerEpoch() * accumulation;
    return whole + batches / (double) batchesPerEpoch();
  }
}
