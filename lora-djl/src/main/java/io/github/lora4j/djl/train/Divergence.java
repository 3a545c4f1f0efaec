// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import io.github.lora4j.TrainingException;
import io.github.lora4j.train.StepReport;

/** A step whose loss or gradient was not finite, and what is said of it. */
final class Divergence {
  static final String ADVICE = "Lower the learning rate, use warm-up, or lower maxGradientNorm";

  private Divergence() {}

  static boolean in(StepReport report) {
    return !(Double.isFinite(report.loss()) && Double.isFinite(report.gradientNorm()));
  }

  /**
   * Saves what can be saved of a run that diverged.
   *
   * @param report the step, whose update was not made
   * @param totalSteps the steps of the run
   * @param outcome saves the parameters
   * @return what to throw
   */
  static TrainingException rescue(StepReport report, int totalSteps, RunOutcome outcome) {
    boolean lossIsFinite = Double.isFinite(report.loss());
    String found =
        "step %d of %d: the %s is %s, expected a finite number; the update was not made"
            .formatted(
                report.step(),
                totalSteps,
                lossIsFinite ? "gradient norm" : "loss",
                lossIsFinite ? report.gradientNorm() : report.loss());
    int lastGood = report.step() - 1;
    if (lastGood == 0) {
      return new TrainingException(
          found
              + ". As this is the first step, look for weights that are not finite in the"
              + " checkpoint or the adapter");
    }
    return new TrainingException(
        "%s, the model is as step %d left it, and %s. %s"
            .formatted(found, lastGood, outcome.rescue(lastGood), ADVICE));
  }
}
