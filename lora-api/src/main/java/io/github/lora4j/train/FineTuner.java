// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.train;

import io.github.lora4j.CausalLm;
import io.github.lora4j.data.InstructionDataset;
import io.github.lora4j.spi.LoraProvider;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The comfortable way to fine-tune (transformers: {@code Trainer}).
 *
 * <pre>{@code
 * FineTuningResult result =
 *     FineTuner.builder()
 *         .epochs(3)
 *         .batchSize(4)
 *         .gradientAccumulation(8)
 *         .learningRate(2e-4f)
 *         .warmupRatio(0.03)
 *         .evaluationFraction(0.05)
 *         .keepBest(true)
 *         .outputDir(Path.of("adapter"))
 *         .build()
 *         .fit(model, data);
 * }</pre>
 *
 * <p>A step is {@code gradientAccumulation} micro-batches of {@code batchSize} rows. Its loss is
 * the mean over all learned tokens of the step, so the micro-batches add up to exactly one large
 * batch. Rows of similar length come together, in an order that depends on the seed and the epoch
 * alone; an epoch's last step may be smaller. Rows are never padded.
 *
 * <p>What of the model trains is the model's business: the active adapter of a {@link
 * io.github.lora4j.LoraModel}, or what {@link CausalLm#train} chose. May be used for several runs,
 * one at a time.
 */
public final class FineTuner {
  private final FineTuningOptions options;

  FineTuner(FineTuningOptions options) {
    this.options = options;
  }

  /**
   * Starts with the defaults.
   *
   * @return the builder
   */
  public static FineTunerBuilder builder() {
    return new FineTunerBuilder();
  }

  /**
   * What this fine-tuner was told.
   *
   * @return the options
   */
  public FineTuningOptions options() {
    return options;
  }

  /**
   * Trains; with an {@code evaluationFraction}, a part of the data is split off to evaluate on.
   *
   * @param model the model; its trainable parameters are changed
   * @param training what to train on
   * @return the run
   * @throws io.github.lora4j.TrainingException if nothing trains, or if a loss or gradient is not
   *     finite; that update is not made, and with an {@code outputDir} the parameters before it are
   *     saved there
   * @throws io.github.lora4j.DatasetException if a row is longer than the model's positions or
   *     holds a token outside its vocabulary; nothing was trained
   * @throws io.github.lora4j.ConfigurationException if the options do not fit each other, or the
   *     output directory cannot be written, is in use by another run, or holds checkpoints of one;
   *     nothing was trained
   * @throws io.github.lora4j.CheckpointException if a checkpoint cannot be written; those before it
   *     are unchanged
   */
  public FineTuningResult fit(CausalLm model, InstructionDataset training) {
    return LoraProvider.get()
        .fineTune(model, training, Optional.empty(), options, RunStart.fresh());
  }

  /**
   * Trains, and evaluates on other data.
   *
   * @param model the model; its trainable parameters are changed
   * @param training what to train on
   * @param evaluation what to evaluate on
   * @return the run
   * @throws io.github.lora4j.TrainingException if nothing trains, or if a loss or gradient is not
   *     finite; that update is not made, and with an {@code outputDir} the parameters before it are
   *     saved there
   * @throws io.github.lora4j.DatasetException if a row is longer than the model's positions or
   *     holds a token outside its vocabulary; nothing was trained
   * @throws io.github.lora4j.ConfigurationException if the options do not fit each other, or the
   *     output directory cannot be written, is in use by another run, or holds checkpoints of one;
   *     nothing was trained
   * @throws io.github.lora4j.CheckpointException if a checkpoint cannot be written; those before it
   *     are unchanged
   */
  public FineTuningResult fit(
      CausalLm model, InstructionDataset training, InstructionDataset evaluation) {
    return LoraProvider.get()
        .fineTune(model, training, Optional.of(evaluation), options, RunStart.fresh());
  }

  /**
   * Goes on with an interrupted run after the newest whole checkpoint in the output directory.
   * Model, data and options must be those that the run began with: the base as its checkpoint holds
   * it, wrapped with the same configuration. Losses and result are, bit for bit, those of a run
   * that was never interrupted, on the same machine with the same number of threads. A checkpoint
   * that is damaged is passed over, with a warning, for the one before it.
   *
   * @param model the model; its trainable parameters become the checkpoint's
   * @param training what to train on
   * @return the run, the steps before the interruption included
   * @throws io.github.lora4j.CheckpointException if there is no whole checkpoint, or one cannot be
   *     written
   * @throws io.github.lora4j.ConfigurationException if model, data or options are others than the
   *     checkpoint's; the message names each difference; and as {@link #fit(CausalLm,
   *     InstructionDataset)}
   * @throws io.github.lora4j.TrainingException as {@link #fit(CausalLm, InstructionDataset)}
   */
  public FineTuningResult resume(CausalLm model, InstructionDataset training) {
    return LoraProvider.get()
        .fineTune(model, training, Optional.empty(), options, RunStart.latest());
  }

  /**
   * Goes on with an interrupted run that evaluates on other data, as {@link #resume(CausalLm,
   * InstructionDataset)} does.
   *
   * @param model the model; its trainable parameters become the checkpoint's
   * @param training what to train on
   * @param evaluation what to evaluate on
   * @return the run, the steps before the interruption included
   */
  public FineTuningResult resume(
      CausalLm model, InstructionDataset training, InstructionDataset evaluation) {
    return LoraProvider.get()
        .fineTune(model, training, Optional.of(evaluation), options, RunStart.latest());
  }

  /**
   * Goes on after a certain checkpoint, as {@link #resume(CausalLm, InstructionDataset)} does.
   *
   * @param checkpoint its directory, for example {@code out/checkpoints/step-000120}
   * @param model the model; its trainable parameters become the checkpoint's
   * @param training what to train on
   * @return the run, the steps before the checkpoint included
   */
  public FineTuningResult resumeFrom(Path checkpoint, CausalLm model, InstructionDataset training) {
    return LoraProvider.get()
        .fineTune(model, training, Optional.empty(), options, RunStart.at(checkpoint));
  }

  /**
   * Goes on after a certain checkpoint with a run that evaluates on other data, as {@link
   * #resume(CausalLm, InstructionDataset)} does.
   *
   * @param checkpoint its directory, for example {@code out/checkpoints/step-000120}
   * @param model the model; its trainable parameters become the checkpoint's
   * @param training what to train on
   * @param evaluation what to evaluate on
   * @return the run, the steps before the checkpoint included
   */
  public FineTuningResult resumeFrom(
      Path checkpoint, CausalLm model, InstructionDataset training, InstructionDataset evaluation) {
    return LoraProvider.get()
        .fineTune(model, training, Optional.of(evaluation), options, RunStart.at(checkpoint));
  }
}
