// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.generate;

/**
 * Keeps the k largest logits, and those equal to the k-th (transformers: {@code TopKLogitsWarper}).
 */
final class TopK implements LogitsProcessor {
  private final int k;
  private final DescendingLogits descending;

  /**
   * Creates the processor.
   *
   * @param k how many tokens to keep, at least 1
   * @param descending scratch space
   */
  TopK(int k, DescendingLogits descending) {
    this.k = k;
    this.descending = descending;
  }

  @Override
  public void process(float[] logits, TokenHistory history) {
    descending.reset(logits);
    if (k >= descending.size()) {
      return;
    }
    descending.sortFirst(k);
    Logits.removeBelow(logits, descending.logit(k - 1));
  }
}
