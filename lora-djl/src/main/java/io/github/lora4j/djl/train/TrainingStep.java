// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import io.github.lora4j.djl.format.TensorFile;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.progress.ResidentMemory;
import io.github.lora4j.train.FineTuningOptions;
import io.github.lora4j.train.StepReport;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Gradients of micro-batches, clipping, update. Owns the optimizer it made, if none was given. */
final class TrainingStep implements AutoCloseable {
  private static final String PARAMETERS = "parameters.safetensors";
  private static final String HOOKS = "adapter_state.safetensors";

  private final NDManager manager;
  private final Decoder decoder;
  private final Supplier<GradientEngine> engines;
  private final StepHooks hooks;
  private final WhatTrains whatTrains;
  private final double maxGradientNorm;
  private final RunOptimizer optimizer;
  private GradientEngine engine;
  private boolean settled;

  TrainingStep(TrainedModel model, FineTuningOptions options, int totalSteps) {
    manager = model.manager();
    hooks = model.stepHooks().apply(totalSteps);
    decoder = model.decoder();
    engines =
        () ->
            new GradientEngine(
                decoder,
                options.gradientCheckpointing().orElse(model.checkpointing()),
                options.seed());
    maxGradientNorm = options.maxGradientNorm();
    optimizer = RunOptimizer.of(options, totalSteps);
    whatTrains =
        options
            .lisa()
            .<WhatTrains>map(lisa -> new LisaLayers(model.decoder(), lisa, optimizer.rule()))
            .orElseGet(
                () -> new AsUnfrozen(decoder.trainableParameters(), decoder.ops().copyInto()));
    whatTrains.enter(1);
    engine = engines.get();
    // A run or a trainer that broke off may have left some.
    engine.zeroGradients();
  }

  RunOptimizer optimizer() {
    return optimizer;
  }

  Map<String, Parameter> trainable() {
    return engine.trainable();
  }

  /** How far dropout has drawn. */
  long passes() {
    return engine.passes();
  }

  /** What of a step lasts to the next, in the order in which it is to be restored. */
  List<CheckpointedPart> parts() {
    return List.of(
        new TensorPart(PARAMETERS, whatTrains::state, this::restoreParameters),
        hooks(hooks),
        optimizer);
  }

  private void restoreParameters(int step, TensorFile saved) {
    whatTrains.restore(step, saved);
    engine = engines.get();
  }

  /** Parameters that train all the time, as a part of a checkpoint. */
  static CheckpointedPart hooks(StepHooks hooks) {
    return new TensorPart(HOOKS, hooks::state, (step, saved) -> hooks.restore(saved));
  }

  static CheckpointedPart parameters(AsUnfrozen values) {
    return new TensorPart(PARAMETERS, values::state, values::restore);
  }

  /** Draws dropout from here on as a run that made so many passes. */
  void skipPasses(long passes) {
    engine.skipPasses(passes);
  }

  /**
   * Makes one step.
   *
   * @return its report; if the loss or the norm in it is not finite, nothing was updated
   */
  StepReport make(int step, List<MicroBatch> data) {
    long begin = System.nanoTime();
    if (step > 1 && whatTrains.enter(step)) {
      engine = engines.get();
    }
    List<MicroBatch> batches = data.stream().map(batch -> batch.on(decoder)).toList();
    double loss = accumulate(batches) + hooks.addTerms();
    double norm = Double.NaN;
    if (Double.isFinite(loss)) {
      norm = ParameterUpdates.clipGradientNorm(engine, manager, maxGradientNorm);
    }
    if (Double.isFinite(norm)) {
      ParameterUpdates.step(engine.trained(), optimizer.rule(), hooks, step);
    }
    long tokens = data.stream().mapToLong(MicroBatch::tokens).sum();
    double seconds = Math.max(1, System.nanoTime() - begin) / 1e9;
    return new StepReport(
        step,
        loss,
        optimizer.learningRate().getNewValue(step),
        norm,
        tokens,
        tokens / seconds,
        ResidentMemory.bytes());
  }

  private double accumulate(List<MicroBatch> batches) {
    double weight = 1.0 / batches.stream().mapToLong(MicroBatch::learnedTokens).sum();
    double sum = 0;
    for (MicroBatch batch : batches) {
      sum += engine.accumulate(manager, batch.batch(), batch.paddedLabels(), weight);
    }
    return sum * weight;
  }

  /** Leaves the model as it is to be saved: what trained for some steps only is frozen again. */
  void settle() {
    if (!settled) {
      settled = true;
      engine.zeroGradients();
      hooks.close();
      whatTrains.close();
    }
  }

  /** Forgets the gradients and frees the state of the optimizer made here. */
  @Override
  public void close() {
    settle();
    optimizer.close();
  }
}
