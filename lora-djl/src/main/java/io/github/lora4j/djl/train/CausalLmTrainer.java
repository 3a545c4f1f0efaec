// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.TrainingConfig;
import ai.djl.training.optimizer.Optimizer;
import io.github.lora4j.djl.nn.CausalLmBlock;
import io.github.lora4j.djl.nn.ForwardPass;
import io.github.lora4j.djl.nn.RaggedBatch;
import io.github.lora4j.djl.tape.Tape;
import io.github.lora4j.train.CausalLmLoss;
import io.github.lora4j.train.GradientCheckpointing;
import org.jspecify.annotations.Nullable;

/**
 * The trainer that {@code EasyTrain} drives: DJL's optimizers, trackers, listeners and metrics over
 * the chain of segments.
 *
 * <p>With {@link CausalLmLoss} and no other evaluator, the loss is computed in chunks and the
 * predictions are the loss itself. With any other loss the predictions are logits (B, S,
 * vocabulary). Weights are neither mirrored nor copied; frozen ones are never touched.
 */
public final class CausalLmTrainer extends Trainer {
  private final CausalLmBlock block;
  private final GradientEngine engine;
  private final Optimizer optimizer;
  private final boolean chunked;
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
   * @param checkpointing how much of the forward pass is kept
   * @param seed what dropout draws from
   * @param hooks what adapters do in each step; closed with the trainer
   */
  public CausalLmTrainer(
      Model model,
      CausalLmBlock block,
      TrainingConfig config,
      GradientCheckpointing checkpointing,
      long seed,
      StepHooks hooks) {
    super(model, config);
    this.hooks = hooks;
    this.block = block;
    engine = new GradientEngine(block.decoder(), checkpointing, seed);
    optimizer = config.getOptimizer();
    chunked = getLoss() instanceof CausalLmLoss && getEvaluators().size() == 1;
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
        new StepCollector(getManager().newSubManager(), engine::zeroGradients, () -> open = null);
    return open;
  }

  @Override
  public NDList forward(NDList data) {
    long begin = System.nanoTime();
    NDList predictions = open == null ? super.forward(data) : recordedLogits(open, data);
    addMetric("forward", begin);
    return predictions;
  }

  @Override
  public NDList forward(NDList data, NDList labels) {
    if (!chunked || open == null) {
      return forward(data);
    }
    long begin = System.nanoTime();
    NDList predictions = chunkedLoss(open, data, labels);
    addMetric("forward", begin);
    return predictions;
  }

  private NDList chunkedLoss(StepCollector collector, NDList data, NDList labels) {
    RaggedBatch batch = block.pack(data);
    long[] paddedLabels = CausalLmBlock.longs(labels.singletonOrThrow());
    NextTokenTargets targets = NextTokenTargets.shift(batch, paddedLabels);
    NDManager owner = data.get(0).getManager();
    if (targets.count() == 0) {
      return new NDList(owner.create(Float.NaN));
    }
    double weight = 1.0 / targets.count();
    GradientEngine.PendingLoss pending =
        engine.forward(collector.manager(), batch, targets, weight);
    collector.leave(loss -> pending.backward());
    return new NDList(owner.create((float) (pending.sum() * weight)));
  }

  private NDList recordedLogits(StepCollector collector, NDList data) {
    RaggedBatch batch = block.pack(data);
    NDArray hidden = recordedHidden(collector, batch);
    ForwardPass head = ForwardPass.ofRows(true, Tape.NONE).with(batch.adapters());
    NDArray logits = block.pad(block.decoder().logits(hidden, head), batch);
    logits.attach(data.get(0).getManager());
    return new NDList(logits);
  }

  private NDArray recordedHidden(StepCollector collector, RaggedBatch batch) {
    SegmentChain.Walk walk = engine.walk(collector.manager(), batch);
    if (!walk.learns()) {
      collector.leave(StepCollector::backwardInto);
      return walk.output();
    }
    NDArray leaf = SegmentChain.leaf(walk.output());
    collector.leave(
        loss -> {
          StepCollector.backwardInto(loss);
          walk.backward(leaf.getGradient());
        });
    return leaf;
  }

  /**
   * Updates every trainable parameter by the optimizer and forgets the gradients. Terms that
   * adapters add to the loss are in the gradients only, for DJL took the loss before.
   */
  @Override
  public void step() {
    long begin = System.nanoTime();
    hooks.addTerms();
    ParameterUpdates.step(engine.trained(), optimizer, hooks, ++steps);
    addMetric("step", begin);
  }

  @Override
  public void close() {
    hooks.close();
    super.close();
  }
}
