// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.train;

/**
 * Follows a run. Called on the thread that trains; what a listener throws ends the run and reaches
 * the caller of {@link FineTuner#fit}.
 */
public interface FineTuningListener {
  /**
   * The run begins.
   *
   * @param info what is known of it
   */
  default void onStart(RunInfo info) {}

  /**
   * The run seems to do nothing. Called once for each reason, and also logged and kept in the
   * {@link FineTuningResult}.
   *
   * @param warning what was seen, and the likely cause
   */
  default void onWarning(String warning) {}

  /**
   * A step was made.
   *
   * @param report what came of it
   */
  default void onStep(StepReport report) {}

  /**
   * An evaluation was made; called after {@link #onStep} of the same step.
   *
   * @param report what came of it
   */
  default void onEvaluation(EvaluationReport report) {}

  /**
   * The run is over, the model and the output directory are as they stay. If it failed, {@link
   * #onFailure} is called instead.
   *
   * @param result the run
   */
  default void onEnd(FineTuningResult result) {}

  /**
   * The run broke off. What is thrown here is added to the failure as suppressed.
   *
   * @param failure what the caller of {@link FineTuner#fit} gets
   */
  default void onFailure(RuntimeException failure) {}

  /**
   * Asked after each step and its evaluation.
   *
   * @return true to end the run here, as if all steps were made
   */
  default boolean wantsStop() {
    return false;
  }
}
