package io.github.lora4j.train;

/**
 * Follows a run. Called on the thread that trains; what a listener throws ends the run and reaches
 * the caller of {@link FineTuner#fit}.
 */
public interface FineTuningListener {
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
   * The run is over, the model and the output directory are as they stay. Not called if it failed.
   *
   * @param result the run
   */
  default void onEnd(FineTuningResult result) {}

  /**
   * Asked after each step and its evaluation.
   *
   * @return true to end the run here, as if all steps were made
   */
  default boolean wantsStop() {
    return false;
  }
}
