// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.train;

import ai.djl.training.optimizer.Optimizer;
import io.github.lora4j.ConfigurationException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Options of a {@link FineTuner}. Numbers are checked by {@link #build}. */
public final class FineTunerBuilder {
  private double epochs = 1;
  private OptionalInt maxSteps = OptionalInt.empty();
  private int batchSize = 4;
  private int gradientAccumulation = 1;
  private float learningRate = 2e-4f;
  private LearningRateSchedule schedule = LearningRateSchedule.LINEAR;
  private int warmupSteps;
  private double warmupRatio;
  private float weightDecay;
  private final List<String> ownOptimizerOptions = new ArrayList<>();
  private @Nullable Optimizer optimizer;
  private double maxGradientNorm = 1;
  private @Nullable GradientCheckpointing gradientCheckpointing;
  private @Nullable LisaConfig lisa;
  private long seed = 42;
  private double evaluationFraction;
  private OptionalInt evaluationInterval = OptionalInt.empty();
  private boolean keepBest;
  private int earlyStoppingPatience;
  private @Nullable Path outputDir;
  private OptionalInt checkpointEverySteps = OptionalInt.empty();
  private @Nullable Duration checkpointEvery;
  private int keepCheckpoints = 2;
  private @Nullable StopSignal stopSignal;
  private @Nullable PrintStream progress = System.err;
  private @Nullable ReportPlan reports;
  private final List<FineTuningListener> listeners = new ArrayList<>();

  FineTunerBuilder() {}

  /**
   * How often the training data is seen (transformers: {@code num_train_epochs}).
   *
   * @param epochs above 0, may be a fraction; 1 by default
   * @return this builder
   */
  public FineTunerBuilder epochs(double epochs) {
    this.epochs = epochs;
    return this;
  }

  /**
   * How many steps are made, whatever the epochs (transformers: {@code max_steps}).
   *
   * @param maxSteps at least 1
   * @return this builder
   */
  public FineTunerBuilder maxSteps(int maxSteps) {
    this.maxSteps = OptionalInt.of(maxSteps);
    return this;
  }

  /**
   * Rows of a micro-batch (transformers: {@code per_device_train_batch_size}).
   *
   * @param batchSize at least 1; 4 by default
   * @return this builder
   */
  public FineTunerBuilder batchSize(int batchSize) {
    this.batchSize = batchSize;
    return this;
  }

  /**
   * Micro-batches of a step (transformers: {@code gradient_accumulation_steps}).
   *
   * @param gradientAccumulation at least 1; 1 by default
   * @return this builder
   */
  public FineTunerBuilder gradientAccumulation(int gradientAccumulation) {
    this.gradientAccumulation = gradientAccumulation;
    return this;
  }

  /**
   * The learning rate after the warm-up.
   *
   * @param learningRate at least 0; 2e-4 by default
   * @return this builder
   */
  public FineTunerBuilder learningRate(float learningRate) {
    ownOptimizerOptions.add("learningRate");
    this.learningRate = learningRate;
    return this;
  }

  /**
   * How the learning rate goes on after the warm-up (transformers: {@code lr_scheduler_type}).
   *
   * @param schedule {@link LearningRateSchedule#LINEAR} by default
   * @return this builder
   */
  public FineTunerBuilder schedule(LearningRateSchedule schedule) {
    ownOptimizerOptions.add("schedule");
    this.schedule = Objects.requireNonNull(schedule, "schedule");
    return this;
  }

  /**
   * The steps in which the learning rate rises from 0.
   *
   * @param warmupSteps at least 0; 0 by default; above 0 it goes before the ratio
   * @return this builder
   */
  public FineTunerBuilder warmupSteps(int warmupSteps) {
    ownOptimizerOptions.add("warmupSteps");
    this.warmupSteps = warmupSteps;
    return this;
  }

  /**
   * The share of all steps in which the learning rate rises from 0.
   *
   * @param warmupRatio 0 to 1; 0 by default
   * @return this builder
   */
  public FineTunerBuilder warmupRatio(double warmupRatio) {
    ownOptimizerOptions.add("warmupRatio");
    this.warmupRatio = warmupRatio;
    return this;
  }

  /**
   * The decoupled weight decay of {@link io.github.lora4j.optim.AdamW}, on every trainable
   * parameter.
   *
   * @param weightDecay at least 0; 0 by default
   * @return this builder
   */
  public FineTunerBuilder weightDecay(float weightDecay) {
    ownOptimizerOptions.add("weightDecay");
    this.weightDecay = weightDecay;
    return this;
  }

  /**
   * Any optimizer of DJL instead of {@link io.github.lora4j.optim.AdamW} by the options above. It
   * stays the caller's: its state goes on in the next run, and it is not closed.
   *
   * @param optimizer the optimizer, with its own learning rate
   * @return this builder
   */
  public FineTunerBuilder optimizer(Optimizer optimizer) {
    this.optimizer = Objects.requireNonNull(optimizer, "optimizer");
    return this;
  }

  /**
   * What the norm of all gradients as one vector is clipped to (torch: {@code clip_grad_norm_}).
   *
   * @param maxGradientNorm at least 0, 0 for no clipping; 1 by default
   * @return this builder
   */
  public FineTunerBuilder maxGradientNorm(double maxGradientNorm) {
    this.maxGradientNorm = maxGradientNorm;
    return this;
  }

  /**
   * How much of the forward pass is kept for the backward pass.
   *
   * @param checkpointing the choice; if none is made, what {@link
   *     io.github.lora4j.CausalLm#setGradientCheckpointing} was told
   * @return this builder
   */
  public FineTunerBuilder gradientCheckpointing(GradientCheckpointing checkpointing) {
    gradientCheckpointing = Objects.requireNonNull(checkpointing, "checkpointing");
    return this;
  }

  /**
   * Whether layers are computed again in the backward pass to save memory.
   *
   * @param enabled true for {@link GradientCheckpointing#everyLayer}, false for {@link
   *     GradientCheckpointing#none}
   * @return this builder
   */
  public FineTunerBuilder gradientCheckpointing(boolean enabled) {
    return gradientCheckpointing(
        enabled ? GradientCheckpointing.everyLayer() : GradientCheckpointing.none());
  }

  /**
   * What the order of the data, dropout and the split draw from.
   *
   * @param seed any number; 42 by default
   * @return this builder
   */
  public FineTunerBuilder seed(long seed) {
    this.seed = seed;
    return this;
  }

  /**
   * The share of the training data that is split off to evaluate on.
   *
   * @param evaluationFraction at least 0 and below 1; 0 by default
   * @return this builder
   */
  public FineTunerBuilder evaluationFraction(double evaluationFraction) {
    this.evaluationFraction = evaluationFraction;
    return this;
  }

  /**
   * Steps between two evaluations. The last step is followed by an evaluation in any case.
   *
   * @param steps at least 1; once an epoch by default
   * @return this builder
   */
  public FineTunerBuilder evaluationInterval(int steps) {
    evaluationInterval = OptionalInt.of(steps);
    return this;
  }

  /**
   * Whether the model ends with, and the output directory holds, the parameters of the lowest
   * evaluation loss (transformers: {@code load_best_model_at_end}). They are saved at each new
   * lowest loss, and a copy of them is kept in the CPU's memory.
   *
   * @param keepBest false by default
   * @return this builder
   */
  public FineTunerBuilder keepBest(boolean keepBest) {
    this.keepBest = keepBest;
    return this;
  }

  /**
   * Ends the run when the evaluation loss does not fall any more (transformers: {@code
   * EarlyStoppingCallback}).
   *
   * @param evaluations how many without a new lowest loss; 0, the default, for never
   * @return this builder
   */
  public FineTunerBuilder earlyStoppingPatience(int evaluations) {
    earlyStoppingPatience = evaluations;
    return this;
  }

  /**
   * Where the result is saved: the active adapter in PEFT's format, or, of a model without
   * adapters, the checkpoint.
   *
   * @param directory made if need be, before training starts
   * @return this builder
   */
  public FineTunerBuilder outputDir(Path directory) {
    outputDir = Objects.requireNonNull(directory, "directory");
    return this;
  }

  /**
   * Writes a checkpoint every so many steps, from which {@link FineTuner#resume} goes on bit for
   * bit (transformers: {@code save_steps}).
   *
   * @param steps at least 1; needs an {@code outputDir}
   * @return this builder
   */
  public FineTunerBuilder checkpointEverySteps(int steps) {
    checkpointEverySteps = OptionalInt.of(steps);
    return this;
  }

  /**
   * Writes a checkpoint whenever so much time has passed since the last one.
   *
   * @param time above 0; needs an {@code outputDir}
   * @return this builder
   */
  public FineTunerBuilder checkpointEvery(Duration time) {
    checkpointEvery = Objects.requireNonNull(time, "time");
    return this;
  }

  /**
   * How many checkpoints stay (transformers: {@code save_total_limit}): the newest ones, and
   * besides them that of the lowest evaluation loss. An older one goes when a newer one is on the
   * disk.
   *
   * @param count at least 1; 2 by default
   * @return this builder
   */
  public FineTunerBuilder keepCheckpoints(int count) {
    keepCheckpoints = count;
    return this;
  }

  /**
   * What may ask the run to finish its step, write a checkpoint and end.
   *
   * @param signal the signal; needs an {@code outputDir}
   * @return this builder
   */
  public FineTunerBuilder stopSignal(StopSignal signal) {
    stopSignal = Objects.requireNonNull(signal, "signal");
    return this;
  }

  /**
   * Trains a few of the base's layers at a time, in full, and others after some steps. The model
   * must carry no adapter; what {@link io.github.lora4j.CausalLm#train} chose does not matter, and
   * all of it is frozen afterwards.
   *
   * @param lisa which layers, and for how long
   * @return this builder
   */
  public FineTunerBuilder lisa(LisaConfig lisa) {
    this.lisa = Objects.requireNonNull(lisa, "lisa");
    return this;
  }

  /**
   * Shows progress: a bar on a terminal, a line every few seconds elsewhere.
   *
   * @param stream where; {@code System.err} by default; not closed
   * @return this builder
   */
  public FineTunerBuilder progress(PrintStream stream) {
    progress = Objects.requireNonNull(stream, "stream");
    return this;
  }

  /**
   * Shows no progress.
   *
   * @return this builder
   */
  public FineTunerBuilder silent() {
    progress = null;
    return this;
  }

  /**
   * What is written into the output directory to be looked at, beside the result.
   *
   * @param reports {@link ReportPlan#standard} by default where there is an output directory
   * @return this builder
   */
  public FineTunerBuilder reports(ReportPlan reports) {
    this.reports = Objects.requireNonNull(reports, "reports");
    return this;
  }

  /**
   * Adds a listener.
   *
   * @param listener follows the run
   * @return this builder
   */
  public FineTunerBuilder listener(FineTuningListener listener) {
    listeners.add(Objects.requireNonNull(listener, "listener"));
    return this;
  }

  /**
   * Builds the fine-tuner.
   *
   * @return the fine-tuner
   * @throws ConfigurationException if a number is out of range, an optimizer was given together
   *     with options of the one it replaces, or reports without a directory for them
   */
  public FineTuner build() {
    if (optimizer != null && !ownOptimizerOptions.isEmpty()) {
      throw new ConfigurationException(
          "FineTuner: optimizer replaces %s; set them on the optimizer, or leave it out"
              .formatted(String.join(", ", ownOptimizerOptions)));
    }
    if (outputDir == null && reports != null && !reports.formats().isEmpty()) {
      throw new ConfigurationException(
          "FineTuner: reports %s need an outputDir to be written to; set it, or leave the reports out"
              .formatted(reports.formats()));
    }
    return new FineTuner(
        new FineTuningOptions(
            epochs,
            maxSteps,
            batchSize,
            gradientAccumulation,
            new LearningRatePlan(learningRate, schedule, warmupSteps, warmupRatio),
            weightDecay,
            Optional.ofNullable(optimizer),
            maxGradientNorm,
            Optional.ofNullable(gradientCheckpointing),
            Optional.ofNullable(lisa),
            seed,
            new EvaluationPlan(
                evaluationFraction, evaluationInterval, keepBest, earlyStoppingPatience),
            Optional.ofNullable(outputDir),
            new CheckpointPlan(
                checkpointEverySteps,
                Optional.ofNullable(checkpointEvery),
                keepCheckpoints,
                Optional.ofNullable(stopSignal)),
            Optional.ofNullable(progress),
            reportsOrDefault(),
            listeners));
  }

  private ReportPlan reportsOrDefault() {
    if (reports != null) {
      return reports;
    }
    return outputDir == null ? ReportPlan.none() : ReportPlan.standard();
  }
}
