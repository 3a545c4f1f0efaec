// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.train;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * When a run writes checkpoints, from which {@link FineTuner#resume} goes on, and how many stay. A
 * run with a plan that {@link #isOn} also writes one before its first step and one at its end.
 *
 * @param everySteps steps between two checkpoints
 * @param every time between two checkpoints; one is written after the step in which it is over
 * @param keep how many stay, the newest ones; that of the lowest evaluation loss stays besides
 * @param stopSignal what ends the run after a step
 */
public record CheckpointPlan(
    OptionalInt everySteps, Optional<Duration> every, int keep, Optional<StopSignal> stopSignal) {
  /** Checks the numbers. */
  public CheckpointPlan {
    OptionCheck.require(
        everySteps.orElse(1) >= 1, "checkpointEverySteps", "at least 1", everySteps.orElse(1));
    OptionCheck.require(
        every.filter(time -> time.isNegative() || time.isZero()).isEmpty(),
        "checkpointEvery",
        "above 0",
        every.orElse(Duration.ZERO));
    OptionCheck.require(keep >= 1, "keepCheckpoints", "at least 1", keep);
  }

  /**
   * Whether checkpoints are written at all.
   *
   * @return true if there is a rhythm, or a signal after which the run is to go on another time
   */
  public boolean isOn() {
    return everySteps.isPresent() || every.isPresent() || stopSignal.isPresent();
  }

  /**
   * Whether a stop was requested.
   *
   * @return true if there is a signal that says so
   */
  public boolean wantsStop() {
    return stopSignal.filter(StopSignal::isRequested).isPresent();
  }
}
