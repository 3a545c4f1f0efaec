// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.train;

import ai.djl.training.tracker.Tracker;
import io.github.lora4j.ConfigurationException;

/**
 * How the learning rate goes on after its linear warm-up (transformers: {@code
 * get_constant_schedule_with_warmup}, {@code get_linear_schedule_with_warmup}, {@code
 * get_cosine_schedule_with_warmup}).
 */
public enum LearningRateSchedule {
  /** Stays at the peak. */
  CONSTANT {
    @Override
    double decay(int done, int decaySteps) {
      return 1;
    }
  },
  /** Falls in a straight line, to 0 one step after the last. */
  LINEAR {
    @Override
    double decay(int done, int decaySteps) {
      return Math.max(0, (decaySteps - done) / (double) Math.max(1, decaySteps));
    }
  },
  /** Falls along half a cosine, to 0 one step after the last (Loshchilov and Hutter, 2017). */
  COSINE {
    @Override
    double decay(int done, int decaySteps) {
      double progress = done / (double) Math.max(1, decaySteps);
      return Math.max(0, 0.5 * (1 + Math.cos(Math.PI * progress)));
    }
  };

  abstract double decay(int done, int decaySteps);

  /**
   * The share of the peak at a step.
   *
   * @param step the step, counted from 1; the first one of a warm-up has the share 0, as in
   *     transformers
   * @param warmupSteps steps of the warm-up
   * @param totalSteps all steps, those of the warm-up included
   * @return 0 to 1
   */
  public double factor(int step, int warmupSteps, int totalSteps) {
    int done = Math.max(0, step - 1);
    if (done < warmupSteps) {
      return done / (double) warmupSteps;
    }
    return decay(done - warmupSteps, totalSteps - warmupSteps);
  }

  /**
   * The schedule as DJL's optimizers take it.
   *
   * @param peak the learning rate after the warm-up
   * @param warmupSteps steps of the warm-up, at least 0
   * @param totalSteps all steps, at least 1
   * @return the rate of each step, counted from 1
   * @throws ConfigurationException if a number is out of range
   */
  public Tracker tracker(float peak, int warmupSteps, int totalSteps) {
    if (!(peak >= 0) || warmupSteps < 0 || totalSteps < 1) {
      throw new ConfigurationException(
          "LearningRateSchedule: peak and warmupSteps must be at least 0 and totalSteps at least 1,"
              + " were %s, %d and %d".formatted(peak, warmupSteps, totalSteps));
    }
    return step -> (float) (peak * factor(step, warmupSteps, totalSteps));
  }
}
