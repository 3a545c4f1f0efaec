// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import io.github.lora4j.data.InstructionDataset;
import io.github.lora4j.djl.progress.ProgressDisplay;
import io.github.lora4j.train.FineTuningOptions;
import io.github.lora4j.train.FineTuningResult;
import io.github.lora4j.train.RunStart;
import java.util.Optional;

/** Makes all that a run of the fine-tuner needs, and frees it after the run. */
public final class FineTuning {
  private FineTuning() {}

  /**
   * Trains a model. Everything that can be wrong with model, data and options is found before the
   * first step.
   *
   * @param model the model
   * @param training what to train on
   * @param evaluation what to evaluate on, if it is not split off
   * @param options how
   * @param start where to begin
   * @return the run
   * @throws io.github.lora4j.LoraException as {@link io.github.lora4j.train.FineTuner#fit} says
   */
  public static FineTuningResult run(
      TrainedModel model,
      InstructionDataset training,
      Optional<InstructionDataset> evaluation,
      FineTuningOptions options,
      RunStart start) {
    RunData data = RunData.of(training, evaluation, options, model.decoder());
    try (OutputDirectory output = OutputDirectory.take(options.outputDir())) {
      RunCheckpoints checkpoints =
          RunCheckpoints.open(
              options,
              start,
              () -> RunFingerprint.of(model, RunFingerprint.base(model.decoder()), data, options));
      return run(model, data, options, checkpoints);
    }
  }

  private static FineTuningResult run(
      TrainedModel model, RunData data, FineTuningOptions options, RunCheckpoints checkpoints) {
    RunLength length = RunLength.of(data.training().examples().size(), options);
    Optional<HeldOutLoss> heldOut =
        data.evaluation().map(held -> new HeldOutLoss(model, held, options.batchSize()));
    try (TrainingStep step = new TrainingStep(model, options, length.steps());
        RunOutcome outcome = new RunOutcome(model, step.trainable(), options);
        RunAudience audience =
            new RunAudience(
                ProgressDisplay.of(options.progress(), length.steps()), options, length.steps())) {
      return new FineTuningRun(
              model,
              length,
              new StepBatches(data.training(), length, options.seed()),
              step,
              new EvaluationRounds(heldOut, options.evaluation(), length.stepsPerEpoch()),
              outcome,
              checkpoints,
              audience)
          .run(
              model
                  .facts()
                  .run(model.facts().name(), model.manager().getDevice(), data, length, options));
    }
  }
}
