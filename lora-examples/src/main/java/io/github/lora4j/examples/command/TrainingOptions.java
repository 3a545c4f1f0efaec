// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.command;

import io.github.lora4j.train.FineTuner;
import io.github.lora4j.train.FineTunerBuilder;
import io.github.lora4j.train.GradientCheckpointing;
import io.github.lora4j.train.LearningRateSchedule;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The run, in the words of transformers. */
final class TrainingOptions {
  @Option(
      names = "--epochs",
      paramLabel = "N",
      defaultValue = "1",
      description = "How often the data is seen; ${DEFAULT-VALUE} by default.")
  private double epochs;

  @Option(names = "--max-steps", paramLabel = "N", description = "Steps, whatever the epochs.")
  private Optional<Integer> maxSteps = Optional.empty();

  @Option(
      names = "--batch-size",
      paramLabel = "N",
      defaultValue = "4",
      description = "Rows of a micro-batch; ${DEFAULT-VALUE} by default.")
  private int batchSize;

  @Option(
      names = "--gradient-accumulation",
      paramLabel = "N",
      defaultValue = "1",
      description = "Micro-batches of a step; ${DEFAULT-VALUE} by default.")
  private int accumulation;

  @Option(
      names = "--learning-rate",
      paramLabel = "X",
      defaultValue = "2e-4",
      description = "Highest learning rate; ${DEFAULT-VALUE} by default.")
  private float learningRate;

  @Option(
      names = "--schedule",
      paramLabel = "NAME",
      defaultValue = "cosine",
      description = "constant, linear or cosine; ${DEFAULT-VALUE} by default.")
  private LearningRateSchedule schedule = LearningRateSchedule.COSINE;

  @Option(
      names = "--warmup-steps",
      paramLabel = "N",
      defaultValue = "0",
      description = "Steps in which the rate rises; goes before --warmup-ratio.")
  private int warmupSteps;

  @Option(
      names = "--warmup-ratio",
      paramLabel = "X",
      defaultValue = "0.03",
      description = "Share of the steps in which the rate rises; ${DEFAULT-VALUE} by default.")
  private double warmupRatio;

  @Option(
      names = "--weight-decay",
      paramLabel = "X",
      defaultValue = "0",
      description = "Decoupled weight decay; ${DEFAULT-VALUE} by default.")
  private float weightDecay;

  @Option(
      names = "--max-gradient-norm",
      paramLabel = "X",
      defaultValue = "1",
      description = "What the gradients' norm is clipped to, 0 for no clipping.")
  private double maxGradientNorm;

  @Option(
      names = "--checkpointing",
      paramLabel = "none|layer|sqrt|N",
      converter = CheckpointingConverter.class,
      description =
          "What is computed again to save memory: nothing, segments of 1, √L or N layers; none by"
              + " default, layer over a quantised base.")
  private Optional<GradientCheckpointing> checkpointing = Optional.empty();

  @Option(
      names = "--evaluation-fraction",
      paramLabel = "X",
      defaultValue = "0",
      description = "Share of the data to evaluate on; ${DEFAULT-VALUE} by default.")
  private double evaluationFraction;

  @Option(
      names = "--evaluation-interval",
      paramLabel = "N",
      description = "Steps between evaluations; once an epoch by default.")
  private Optional<Integer> evaluationInterval = Optional.empty();

  @Option(
      names = "--keep-best",
      description = "End with the adapter of the lowest evaluation loss.")
  private boolean keepBest;

  @Option(
      names = "--patience",
      paramLabel = "N",
      defaultValue = "0",
      description = "Evaluations without a new lowest loss after which to stop; 0 for never.")
  private int patience;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "42",
      description = "Seed of everything random; ${DEFAULT-VALUE} by default.")
  private long seed;

  long seed() {
    return seed;
  }

  FineTunerBuilder builder() {
    FineTunerBuilder builder =
        FineTuner.builder()
            .epochs(epochs)
            .batchSize(batchSize)
            .gradientAccumulation(accumulation)
            .learningRate(learningRate)
            .schedule(schedule)
            .warmupSteps(warmupSteps)
            .warmupRatio(warmupRatio)
            .weightDecay(weightDecay)
            .maxGradientNorm(maxGradientNorm)
            .evaluationFraction(evaluationFraction)
            .keepBest(keepBest)
            .earlyStoppingPatience(patience)
            .seed(seed);
    checkpointing.ifPresent(builder::gradientCheckpointing);
    maxSteps.ifPresent(builder::maxSteps);
    evaluationInterval.ifPresent(builder::evaluationInterval);
    return builder;
  }
}
