// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.train;

import ai.djl.training.optimizer.Optimizer;
import io.github.lora4j.ConfigurationException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a {@link FineTuner} was told; see {@link FineTunerBuilder} for the defaults.
 *
 * @param epochs how often the training data is seen
 * @param maxSteps how many steps are made, whatever the epochs
 * @param batchSize rows of a micro-batch
 * @param gradientAccumulation micro-batches of a step
 * @param learningRate the rate of the {@link io.github.lora4j.optim.AdamW} that is made if no
 *     optimizer is given
 * @param weightDecay the decay of that optimizer
 * @param optimizer the optimizer given, not closed by the run
 * @param maxGradientNorm what the norm of all gradients is clipped to, 0 for no clipping
 * @param gradientCheckpointing how much of the forward pass is kept; if empty, what the model was
 *     told
 * @param lisa which layers train at a time, if not what of the model is unfrozen
 * @param seed what order, dropout and split draw from
 * @param evaluation when to evaluate and what follows from it
 * @param outputDir where the result is saved
 * @param checkpoints when the run writes what it can be resumed from
 * @param progress where progress is shown
 * @param reports what is written beside the result to be looked at
 * @param listeners who follows the run
 */
public record FineTuningOptions(
    double epochs,
    OptionalInt maxSteps,
    int batchSize,
    int gradientAccumulation,
    LearningRatePlan learningRate,
    float weightDecay,
    Optional<Optimizer> optimizer,
    double maxGradientNorm,
    Optional<GradientCheckpointing> gradientCheckpointing,
    Optional<LisaConfig> lisa,
    long seed,
    EvaluationPlan evaluation,
    Optional<Path> outputDir,
    CheckpointPlan checkpoints,
    Optional<PrintStream> progress,
    ReportPlan reports,
    List<FineTuningListener> listeners) {
  /** Checks the numbers. */
  public FineTuningOptions {
    OptionCheck.require(epochs > 0 && Double.isFinite(epochs), "epochs", "above 0", epochs);
    OptionCheck.require(maxSteps.orElse(1) >= 1, "maxSteps", "at least 1", maxSteps.orElse(1));
    OptionCheck.require(batchSize >= 1, "batchSize", "at least 1", batchSize);
    OptionCheck.require(
        gradientAccumulation >= 1, "gradientAccumulation", "at least 1", gradientAccumulation);
    OptionCheck.require(
        weightDecay >= 0 && Float.isFinite(weightDecay), "weightDecay", "at least 0", weightDecay);
    OptionCheck.require(maxGradientNorm >= 0, "maxGradientNorm", "at least 0", maxGradientNorm);
    if (lisa.isPresent() && evaluation.keepBest()) {
      throw new ConfigurationException(
          "FineTuner: keepBest with lisa would hold a second copy of the whole model; leave"
              + " keepBest out, and set checkpointEverySteps");
    }
    if (checkpoints.isOn() && outputDir.isEmpty()) {
      throw new ConfigurationException(
          "FineTuner: checkpoints and a stopSignal need an outputDir, where checkpoints are"
              + " written; set it, or leave them out");
    }
    listeners = List.copyOf(listeners);
  }
}
