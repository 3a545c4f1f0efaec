// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.benchmark;

import io.github.lora4j.ConfigurationException;
import io.github.lora4j.djl.model.DecoderModel;
import io.github.lora4j.djl.nn.RaggedBatch;
import io.github.lora4j.djl.train.GradientEngine;
import io.github.lora4j.djl.train.ParameterUpdates;
import io.github.lora4j.optim.AdamW;
import io.github.lora4j.train.CausalLmLoss;
import io.github.lora4j.train.GradientCheckpointing;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** One training step, over and over: gradients of a batch of random tokens, then AdamW. */
final class TrainingStep implements AutoCloseable {
  private final DecoderModel model;
  private final List<Integer> lengths;
  private final RaggedBatch tokens;
  private final long[] labels;
  private final int learnedTokens;
  private final GradientCheckpointing checkpointing;
  private final GradientEngine engine;
  private final AdamW optimizer = AdamW.builder().build();
  private final List<Double> seconds = new ArrayList<>();

  /**
   * Prepares.
   *
   * @param model what trains
   * @param lengths tokens of each sequence; every token but a sequence's first is predicted
   * @param checkpointing how much of the forward pass is kept
   */
  TrainingStep(DecoderModel model, List<Integer> lengths, GradientCheckpointing checkpointing) {
    if (lengths.stream().noneMatch(length -> length > 1)) {
      throw new ConfigurationException(
          "benchmark: a step needs a sequence of at least 2 tokens, the lengths were " + lengths);
    }
    this.model = model;
    this.lengths = lengths;
    this.checkpointing = checkpointing;
    tokens = randomTokens(lengths, model.decoder().spec().vocabularySize());
    labels = labels(tokens);
    learnedTokens = GradientEngine.countTargets(tokens, labels);
    engine = new GradientEngine(model.decoder(), checkpointing, 0);
  }

  private static RaggedBatch randomTokens(List<Integer> lengths, int vocabulary) {
    Random random = new Random(1);
    return RaggedBatch.of(
        lengths.stream().map(length -> random.ints(length, 0, vocabulary).toArray()).toList());
  }

  private static long[] labels(RaggedBatch tokens) {
    long[] labels = new long[tokens.paddedRows() * tokens.paddedColumns()];
    Arrays.fill(labels, CausalLmLoss.IGNORED_LABEL);
    for (int i = 0; i < tokens.size(); i++) {
      labels[tokens.cells()[i]] = tokens.tokenIds()[i];
    }
    return labels;
  }

  /** Runs a step that does not count: the first ones compile operators and touch memory. */
  void warmUp() {
    engine.accumulate(model.getNDManager(), tokens, labels, 1.0 / learnedTokens);
    ParameterUpdates.step(engine, optimizer);
  }

  /** Runs a step that counts. */
  void sample() {
    long begin = System.nanoTime();
    warmUp();
    seconds.add((System.nanoTime() - begin) / 1e9);
  }

  /** Seconds of each step that counts. */
  List<Double> seconds() {
    return seconds;
  }

  /** Tokens of a step. */
  int tokens() {
    return tokens.size();
  }

  /** What a step cannot do without. */
  StepArithmetic arithmetic() {
    int segment = checkpointing.segmentLayers(model.decoder().numLayers());
    return new StepArithmetic(DecoderShape.of(model.decoder()), lengths, learnedTokens, segment);
  }

  @Override
  public void close() {
    optimizer.close();
  }
}
