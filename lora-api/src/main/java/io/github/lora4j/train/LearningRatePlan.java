// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.train;

import ai.djl.training.tracker.Tracker;

/**
 * The learning rate of a run, before it is known how many steps the run has.
 *
 * @param peak the rate after the warm-up
 * @param schedule how it goes on from there
 * @param warmupSteps steps of the warm-up; 0 leaves it to the ratio
 * @param warmupRatio the warm-up's share of all steps, 0 to 1; rounded up, as in transformers
 */
public record LearningRatePlan(
    float peak, LearningRateSchedule schedule, int warmupSteps, double warmupRatio) {
  /** Checks the numbers. */
  public LearningRatePlan {
    OptionCheck.require(peak >= 0 && Float.isFinite(peak), "learningRate", "at least 0", peak);
    OptionCheck.require(warmupSteps >= 0, "warmupSteps", "at least 0", warmupSteps);
    OptionCheck.require(warmupRatio >= 0 && warmupRatio <= 1, "warmupRatio", "0 to 1", warmupRatio);
  }

  /**
   * The rate of each step.
   *
   * @param totalSteps the steps of the run, at least 1
   * @return the rates, steps counted from 1
   */
  public Tracker tracker(int totalSteps) {
    int warmup = warmupSteps > 0 ? warmupSteps : (int) Math.ceil(totalSteps * warmupRatio);
    return schedule.tracker(peak, warmup, totalSteps);
  }
}
