// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.TrainingConfig;
import ai.djl.training.optimizer.Optimizer;
import io.github.lora4j.TrainingException;
import io.github.lora4j.djl.kernel.EngineMode;
import io.github.lora4j.djl.nn.EncoderBatch;
import io.github.lora4j.djl.nn.EncoderBlock;
import io.github.lora4j.djl.tape.Tape;
import org.jspecify.annotations.Nullable;

/**
 * The trainer that {@code EasyTrain} drives over an encoder: DJL's losses, optimizers, trackers,
 * listeners and metrics.
 *
 * <p>The encoder notes its steps on a tape; DJL's graph begins at the logits and holds the loss
 * alone. Weights are neither mirrored nor copied; frozen ones are never touched.
 */
public final class EncoderTrainer extends Trainer {
  private final EncoderBlock block;
  private final TrainedParameters trained;
  private final Optimizer optimizer;
  private final StepHooks hooks;
  private int steps;
  private @Nullable StepCollector open;

  /**
   * Creates the trainer for what trains now.
   *
   * @param model the model
   * @param block its block
   * @param config DJL's configuration; its initializers are not used, the weights came with the
   *     model
   * @param hooks what adapters do in each step; closed with the trainer
   * @throws TrainingException if nothing trains
   */
  public EncoderTrainer(Model model, EncoderBlock block, TrainingConfig config, StepHooks hooks) {
    super(model, config);
    this.hooks = hooks;
    this.block = block;
    trained = TrainedParameters.of(block.encoder());
    optimizer = config.getOptimizer();
  }

  /** {@inheritDoc} The weights came with the model: there is nothing to initialize. */
  @Override
  public void initialize(Shape... shapes) {}

  @Override
  public GradientCollector newGradientCollector() {
    if (open != null) {
      throw new IllegalStateException(
          "a gradient collector of this trainer is open; close it before asking for another");
    }
    open =
        new StepCollector(getManager().newSubManager(), trained::zeroGradients, () -> open = null);
    return open;
  }

  @Override
  public NDList forward(NDList data) {
    long begin = System.nanoTime();
    NDList predictions = open == null ? super.forward(data) : noted(open, data);
    addMetric("forward", begin);
    return predictions;
  }

  /** {@inheritDoc} An encoder's logits do not depend on its labels. */
  @Override
  public NDList forward(NDList data, NDList labels) {
    return forward(data);
  }

  private NDList noted(StepCollector collector, NDList data) {
    EncoderBatch batch = block.pack(data);
    Tape tape = Tape.ofWholePass();
    NDArray logits;
    try (EngineMode mode = EngineMode.inference()) {
      logits = block.encoder().logits(collector.manager(), batch, true, tape);
    }
    NDArray leaf = SegmentChain.leaf(logits);
    collector.leave(
        loss -> {
          StepCollector.backwardInto(loss);
          walkBack(tape, logits, leaf.getGradient());
        });
    NDArray predictions = block.unpack(leaf, batch);
    predictions.attach(data.get(0).getManager());
    return new NDList(predictions);
  }

  private static void walkBack(Tape tape, NDArray logits, NDArray gradient) {
    try (EngineMode mode = EngineMode.inference()) {
      tape.backward(logits, gradient, logits);
    }
  }

  /**
   * Updates every trainable parameter by the optimizer and forgets the gradients. Terms that
   * adapters add to the loss are in the gradients only, for DJL took the loss before.
   */
  @Override
  public void step() {
    long begin = System.nanoTime();
    hooks.addTerms();
    ParameterUpdates.step(trained, optimizer, hooks, ++steps);
    addMetric("step", begin);
  }

  @Override
  public void close() {
    hooks.close();
    super.close();
  }
}
