// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.verify;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import io.github.lora4j.djl.model.AdaptedModel;
import io.github.lora4j.djl.nn.RaggedBatch;
import io.github.lora4j.djl.nn.WeightOrder;
import io.github.lora4j.djl.train.GradientEngine;
import io.github.lora4j.djl.train.ParameterUpdates;
import io.github.lora4j.optim.AdamW;
import io.github.lora4j.peft.PeftNames;
import io.github.lora4j.peft.PeftTensor;
import io.github.lora4j.peft.TensorRole;
import io.github.lora4j.train.GradientCheckpointing;
import java.util.Objects;
import java.util.function.Function;

/**
 * Gradients of the active adapter, and what AdamW makes of it on one batch, held against the
 * reference. Dropout is off, for no two generators drop the same.
 */
final class TrainingParity {
  private static final String TRAIN_LOSSES = "train_losses";

  private final AdaptedModel model;
  private final ParityOptions options;
  private final ParityResults results;
  private final NDManager manager;
  private final RaggedBatch batch;
  private final long[] labels;
  private final double weight;
  private final GradientEngine engine;

  TrainingParity(
      AdaptedModel model,
      ParityOptions options,
      ParityResults results,
      NDManager manager,
      RaggedBatch batch,
      long[] labels) {
    this.model = model;
    this.options = options;
    this.results = results;
    this.manager = manager;
    this.batch = batch;
    this.labels = labels;
    weight = 1.0 / GradientEngine.countTargets(batch, labels);
    engine = GradientEngine.withoutDropout(model.decoder(), GradientCheckpointing.none());
  }

  /** Compares the gradients of the first step. */
  void gradients() {
    meanLoss();
    compareParameters(
        Quantity.GRADIENT_PREFIX, GradientEngine::gradient, options.trainingTolerance());
    engine.zeroGradients();
  }

  /** Trains for as many steps as the reference has losses; compares these and the outcome. */
  void training() {
    if (!results.wants(TRAIN_LOSSES)) {
      return;
    }
    float[] losses = losses(Math.toIntExact(results.tensor(TRAIN_LOSSES).size()));
    results.compare(
        TRAIN_LOSSES,
        new Shape(losses.length),
        options.trainingTolerance(),
        theirs -> Difference.of(losses, theirs));
    compareParameters(
        Quantity.TRAINED_PREFIX,
        parameter -> parameter.getArray().stopGradient(),
        options.parametersTolerance());
  }

  private float[] losses(int steps) {
    float[] losses = new float[steps];
    try (AdamW optimizer =
        AdamW.builder()
            .learningRate(options.learningRate())
            .weightDecay(options.weightDecay())
            .build()) {
      for (int step = 0; step < steps; step++) {
        losses[step] = meanLoss();
        ParameterUpdates.step(engine, optimizer);
      }
    }
    return losses;
  }

  private float meanLoss() {
    return (float) (engine.accumulate(manager, batch, labels, weight) * weight);
  }

  private void compareParameters(
      String prefix, Function<Parameter, NDArray> value, double tolerance) {
    for (String name : results.names()) {
      if (name.startsWith(prefix)) {
        PeftNames.parse(name.substring(prefix.length()))
            .filter(tensor -> model.requireActive().trained().containsKey(tensor))
            .ifPresentOrElse(
                tensor -> compareParameter(name, asStored(tensor, value), tolerance),
                () -> results.refuse(name, "no parameter of the adapter trains under this name"));
      }
    }
  }

  private NDArray asStored(PeftTensor tensor, Function<Parameter, NDArray> value) {
    Parameter parameter = Objects.requireNonNull(model.requireActive().trained().get(tensor));
    WeightOrder order =
        tensor.role() == TensorRole.WEIGHT
            ? WeightOrder.of(model.decoder().module(tensor.module()).module())
            : WeightOrder.AS_IN_MEMORY;
    return order.turned(value.apply(parameter));
  }

  private void compareParameter(String name, NDArray array, double tolerance) {
    try (array) {
      float[] ours = array.toFloatArray();
      results.compare(name, array.getShape(), tolerance, theirs -> Difference.of(ours, theirs));
    }
  }
}
