// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import io.github.lora4j.data.Example;
import java.util.List;

/**
 * What one job brings to a step: the rows of its micro-batches, and what their losses add up to.
 */
final class JobStep {
  private final List<List<Example>> microBatches;
  private final double weight;
  private double sum;

  JobStep(List<List<Example>> microBatches) {
    this.microBatches = microBatches;
    weight =
        1.0 / microBatches.stream().flatMap(List::stream).mapToLong(Example::learnedTokens).sum();
  }

  int microBatches() {
    return microBatches.size();
  }

  List<Example> rows(int microBatch) {
    return microBatches.get(microBatch);
  }

  /** 1 / learned tokens of the whole step. */
  double weight() {
    return weight;
  }

  long tokens() {
    return microBatches.stream().mapToLong(JobStep::tokens).sum();
  }

  /** Tokens of the largest micro-batch. */
  int tokensAtOnce() {
    return microBatches.stream().mapToInt(JobStep::tokens).max().orElse(0);
  }

  void add(float loss) {
    sum += loss;
  }

  /** The mean over the learned tokens, once all of them are added. */
  double loss() {
    return sum * weight;
  }

  private static int tokens(List<Example> rows) {
    return rows.stream().mapToInt(Example::length).sum();
  }
}
