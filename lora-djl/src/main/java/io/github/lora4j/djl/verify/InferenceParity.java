// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.verify;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import io.github.lora4j.djl.model.DecoderModel;
import io.github.lora4j.djl.nn.RaggedBatch;
import io.github.lora4j.djl.train.Evaluation;
import io.github.lora4j.djl.train.GradientEngine;
import io.github.lora4j.generate.GenerationConfig;
import java.util.List;
import java.util.stream.IntStream;

/** What a model computes as it stands, held against the reference. */
final class InferenceParity {
  private static final String GENERATED = "generated";

  private final DecoderModel model;
  private final ParityOptions options;
  private final ParityInputs inputs;
  private final ParityResults results;
  private final NDManager manager;

  InferenceParity(
      DecoderModel model,
      ParityOptions options,
      ParityInputs inputs,
      ParityResults results,
      NDManager manager) {
    this.model = model;
    this.options = options;
    this.inputs = inputs;
    this.results = results;
    this.manager = manager;
  }

  /** The batch without padding, behind the virtual tokens in use. */
  RaggedBatch batch() {
    try (NDManager scope = manager.newSubManager()) {
      return model.getBlock().pack(inputs.batch(scope));
    }
  }

  /** Compares logits (B, S, vocabulary) where the mask is 1. */
  void logits(String name) {
    if (!results.wants(name)) {
      return;
    }
    try (NDManager scope = manager.newSubManager()) {
      ParameterStore store = new ParameterStore(scope, false);
      NDList input = inputs.batch(scope);
      NDArray logits = model.getBlock().forward(store, input, false).singletonOrThrow();
      float[] ours = logits.toFloatArray();
      results.compare(
          name, logits.getShape(), options.logitsTolerance(), theirs -> worst(ours, theirs));
    }
  }

  private double worst(float[] ours, float[] theirs) {
    int width = model.decoder().spec().vocabularySize();
    Difference difference = new Difference();
    RaggedBatch batch = batch();
    for (int row : batch.realRows()) {
      int cell = batch.cells()[row];
      for (int i = cell * width; i < (cell + 1) * width; i++) {
        difference.add(ours[i], theirs[i]);
      }
    }
    return difference.worst();
  }

  /** Compares the mean loss over the labels that are learned. */
  void loss(String name, long[] labels) {
    if (!results.wants(name)) {
      return;
    }
    RaggedBatch batch = batch();
    double sum = new Evaluation(model.decoder()).summedLoss(manager, batch, labels);
    float mean = (float) (sum / GradientEngine.countTargets(batch, labels));
    results.compare(
        name,
        new Shape(),
        options.trainingTolerance(),
        theirs -> Difference.of(new float[] {mean}, theirs));
  }

  /** Compares greedy tokens (B, S + new tokens), end-of-sequence ignored. */
  void generated() {
    if (!results.wants(GENERATED)) {
      return;
    }
    Shape shape = results.tensor(GENERATED).shape();
    RaggedBatch batch = batch();
    int prompt = batch.paddedColumns();
    if (shape.dimension() != 2 || shape.get(0) != batch.sequences() || shape.get(1) <= prompt) {
      results.refuse(
          GENERATED,
          "has shape %s, expected (%d, more than %d)".formatted(shape, batch.sequences(), prompt));
      return;
    }
    int newTokens = Math.toIntExact(shape.get(1)) - prompt;
    results.compareTokens(
        GENERATED,
        manager,
        theirs -> worst(batch, continuations(batch, newTokens), theirs, newTokens));
  }

  private List<int[]> continuations(RaggedBatch batch, int newTokens) {
    List<int[]> prompts =
        IntStream.range(0, batch.sequences()).mapToObj(batch::realTokens).toList();
    return model.generateTokens(
        prompts,
        GenerationConfig.builder().maxNewTokens(newTokens).ignoreEndOfSequence(true).build());
  }

  private static double worst(RaggedBatch batch, List<int[]> ours, long[] theirs, int newTokens) {
    int prompt = batch.paddedColumns();
    Difference difference = new Difference();
    for (int i : batch.realRows()) {
      int cell = batch.cells()[i];
      difference.add(batch.tokenIds()[i], (double) theirs[cell + cell / prompt * newTokens]);
    }
    for (int b = 0; b < ours.size(); b++) {
      for (int i = 0; i < newTokens; i++) {
        difference.add(ours.get(b)[i], (double) theirs[b * (prompt + newTokens) + prompt + i]);
      }
    }
    return difference.worst();
  }
}
