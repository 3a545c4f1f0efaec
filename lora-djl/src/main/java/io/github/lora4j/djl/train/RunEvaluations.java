// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import io.github.lora4j.TrainingException;
import io.github.lora4j.train.EvaluationReport;

/**
 * The evaluations of a run, each told to its audience, the best of them kept.
 *
 * @param rounds when to evaluate, and the losses so far
 * @param outcome keeps the best
 * @param audience is told
 * @param totalSteps the steps of the run
 */
record RunEvaluations(
    EvaluationRounds rounds, RunOutcome outcome, RunAudience audience, int totalSteps) {
  /**
   * Evaluates.
   *
   * @param step the step made last
   * @throws TrainingException if the loss is not finite
   */
  void evaluate(int step) {
    EvaluationReport report = rounds.evaluate(step);
    if (!Double.isFinite(report.loss())) {
      throw new TrainingException(
          "evaluation after step %d of %d: the loss is %s, expected a finite number; %s"
              .formatted(step, totalSteps, report.loss(), Divergence.ADVICE));
    }
    if (rounds.isLowest()) {
      outcome.markBest();
    }
    audience.evaluation(report);
  }
}
