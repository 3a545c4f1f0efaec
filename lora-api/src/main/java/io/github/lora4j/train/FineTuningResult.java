// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.train;

import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;

/**
 * What came of a run.
 *
 * @param steps the steps made
 * @param epochs how often the training data was seen
 * @param stepReports one report a step, in order
 * @param evaluations the evaluations, in order
 * @param bestEvaluationLoss the lowest evaluation loss, empty without evaluation data
 * @param trainedTokens tokens that went through the model in training, prompts included
 * @param duration how long it took, evaluations included
 * @param stopReason why it ended
 * @param warnings what a person should know who takes the result for a trained model, such as that
 *     nothing was learned; usually empty
 */
public record FineTuningResult(
    int steps,
    double epochs,
    List<StepReport> stepReports,
    List<EvaluationReport> evaluations,
    OptionalDouble bestEvaluationLoss,
    long trainedTokens,
    Duration duration,
    StopReason stopReason,
    List<String> warnings) {
  /** Copies the lists. */
  public FineTuningResult {
    stepReports = List.copyOf(stepReports);
    evaluations = List.copyOf(evaluations);
    warnings = List.copyOf(warnings);
  }
}
