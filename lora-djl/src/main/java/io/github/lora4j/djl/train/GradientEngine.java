// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import io.github.lora4j.TrainingException;
import io.github.lora4j.djl.kernel.EngineMode;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.ForwardPass;
import io.github.lora4j.djl.nn.LayerSeeds;
import io.github.lora4j.djl.nn.RaggedBatch;
import io.github.lora4j.train.GradientCheckpointing;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Losses and gradients of a decoder, one micro-batch at a time.
 *
 * <p>Gradients add up in the parameters' arrays until {@link #zeroGradients}. With weights of 1 /
 * (targets of the whole step) the sum over micro-batches is exactly the gradient of one large
 * batch.
 */
public final class GradientEngine {
  private final Decoder decoder;
  private final SegmentChain chain;
  private final ChunkedLoss loss;
  private final TrainedParameters trained;
  private final boolean training;
  private final SplittableRandom seeds;
  private long passes;

  /**
   * Prepares for what trains now.
   *
   * @param decoder the decoder; what of it trains must not change while this engine is used
   * @param checkpointing how much of the forward pass is kept
   * @param seed what dropout draws from
   * @throws TrainingException if nothing trains
   */
  public GradientEngine(Decoder decoder, GradientCheckpointing checkpointing, long seed) {
    this(decoder, checkpointing, seed, true);
  }

  private GradientEngine(
      Decoder decoder, GradientCheckpointing checkpointing, long seed, boolean training) {
    this.decoder = decoder;
    this.training = training;
    chain = new SegmentChain(decoder, checkpointing);
    loss = new ChunkedLoss(decoder, training);
    trained = TrainedParameters.of(decoder);
    seeds = new SplittableRandom(seed);
  }

  /**
   * An engine that drops nothing whatever the adapter says, for gradients that can be held against
   * others'.
   *
   * @param decoder the decoder; what of it trains must not change while this engine is used
   * @param checkpointing how much of the forward pass is kept
   * @return the engine
   * @throws TrainingException if nothing trains
   */
  public static GradientEngine withoutDropout(
      Decoder decoder, GradientCheckpointing checkpointing) {
    return new GradientEngine(decoder, checkpointing, 0, false);
  }

  /**
   * What trains.
   *
   * @return the parameters by name, in the order of the data
   */
  public Map<String, Parameter> trainable() {
    return trained.byName();
  }

  /** What trains, with its gradients. */
  TrainedParameters trained() {
    return trained;
  }

  /**
   * Counts what a batch is to predict.
   *
   * @param batch the batch
   * @param paddedLabels its labels, cell by cell of the padded matrix
   * @return the number of labels learned
   */
  public static int countTargets(RaggedBatch batch, long[] paddedLabels) {
    return NextTokenTargets.shift(batch, paddedLabels).count();
  }

  /**
   * Adds the gradients of {@code weight · (summed loss of the batch)}.
   *
   * @param parent a sub-manager of it owns the work's arrays
   * @param batch the micro-batch
   * @param paddedLabels its labels, cell by cell of the padded matrix; −100 is not learned
   * @param weight usually 1 / (targets of the whole step)
   * @return the summed loss, unweighted
   */
  public double accumulate(
      NDManager parent, RaggedBatch batch, long[] paddedLabels, double weight) {
    try (NDManager manager = parent.newSubManager()) {
      NextTokenTargets targets = NextTokenTargets.shift(batch, paddedLabels);
      if (targets.count() == 0) {
        return 0;
      }
      PendingLoss pending = forward(manager, batch, targets, weight);
      pending.backward();
      return pending.sum();
    }
  }

  /**
   * Goes forward to the loss; the head's gradients are added at once, the rest is due.
   *
   * @param manager owns the work's arrays, closed by the caller after the backward walk
   */
  PendingLoss forward(
      NDManager manager, RaggedBatch batch, NextTokenTargets targets, double weight) {
    float[] weights = new float[targets.count()];
    Arrays.fill(weights, (float) weight);
    return forward(manager, batch, targets, weights);
  }

  /**
   * Goes forward to the loss, each target of a weight of its own.
   *
   * @param manager owns the work's arrays, closed by the caller after the backward walk
   */
  PendingLoss forward(
      NDManager manager, RaggedBatch batch, NextTokenTargets targets, float[] weights) {
    SegmentChain.Walk walk = walk(manager, batch);
    ChunkedLoss.Result result =
        loss.backward(walk.output(), batch.adapters(), targets, weights, walk.learns());
    return new PendingLoss(result.losses(), walk, result.gradient());
  }

  /** Goes forward to the last layer's output. */
  SegmentChain.Walk walk(NDManager manager, RaggedBatch batch) {
    long passSeed = nextSeed();
    LayerSeeds layerSeeds =
        decoder.hasDropout(batch.adapters())
            ? LayerSeeds.of(manager.getEngine(), passSeed)
            : LayerSeeds.NONE;
    ForwardPass pass;
    try (EngineMode mode = EngineMode.inference()) {
      pass = decoder.sequencePass(manager, batch, training, layerSeeds);
    }
    return chain.forward(manager, batch, pass);
  }

  private long nextSeed() {
    passes++;
    return seeds.nextLong();
  }

  /** How many passes were made, which is all that dropout depends on but the seed. */
  long passes() {
    return passes;
  }

  /** Draws dropout from here on as after so many passes. */
  void skipPasses(long count) {
    for (long i = 0; i < count; i++) {
      nextSeed();
    }
  }

  /** Forgets the gradients. */
  public void zeroGradients() {
    trained.zeroGradients();
  }

  /**
   * The gradient gathered so far.
   *
   * @param parameter a trainable parameter
   * @return the gradient, to be closed by the caller; zeros if none has come yet
   */
  public static NDArray gradient(Parameter parameter) {
    return parameter.getArray().getGradient();
  }

  /** A loss whose backward walk is due. */
  static final class PendingLoss {
    private final float[] losses;
    private final SegmentChain.Walk walk;
    private final NDArray gradient;

    private PendingLoss(float[] losses, SegmentChain.Walk walk, NDArray gradient) {
      this.losses = losses;
      this.walk = walk;
      this.gradient = gradient;
    }

    double sum() {
      double sum = 0;
      for (float loss : losses) {
        sum += loss;
      }
      return sum;
    }

    /** The loss of each target, unweighted. */
    float[] losses() {
      return losses;
    }

    void backward() {
      if (walk.learns()) {
        walk.backward(gradient);
      }
    }
  }
}
