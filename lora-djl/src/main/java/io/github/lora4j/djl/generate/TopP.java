// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.generate;

import java.util.Arrays;

/**
 * Keeps the smallest set of most likely tokens whose probability reaches p, the nucleus (<a
 * href="https://arxiv.org/abs/1904.09751">arXiv:1904.09751</a>; transformers: {@code
 * TopPLogitsWarper}): a token stays if those before it, in descending order, sum to less than p.
 */
final class TopP implements LogitsProcessor {
  /** A nucleus is mostly small: sort this many tokens first, then ever more if it is not. */
  private static final int FIRST_SORTED = 64;

  private static final int GROWTH = 8;

  private final float p;
  private final DescendingLogits descending;

  /**
   * Creates the processor.
   *
   * @param p the probability to reach, in (0, 1)
   * @param descending scratch space
   */
  TopP(float p, DescendingLogits descending) {
    this.p = p;
    this.descending = descending;
  }

  @Override
  public void process(float[] logits, TokenHistory history) {
    descending.reset(logits);
    int kept = nucleusSize(Logits.max(logits), Logits.sumOfExponentials(logits));
    Arrays.fill(logits, Float.NEGATIVE_INFINITY);
    for (int rank = 0; rank < kept; rank++) {
      logits[descending.id(rank)] = descending.logit(rank);
    }
  }

  private int nucleusSize(float max, double total) {
    double before = 0;
    int rank = 0;
    for (long sorted = FIRST_SORTED; rank < descending.size(); sorted *= GROWTH) {
      int end = (int) Math.min(sorted, descending.size());
      descending.sortFirst(end);
      for (; rank < end; rank++) {
        before += Math.exp(descending.logit(rank) - max) / total;
        if (before >= p) {
          return rank + 1;
        }
      }
    }
    return rank;
  }
}
