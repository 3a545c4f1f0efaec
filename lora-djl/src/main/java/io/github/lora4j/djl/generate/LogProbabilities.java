// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.generate;

import java.util.Arrays;

/** The logarithms of the softmax of one row of logits, and which tokens are the most likely. */
public final class LogProbabilities {
  private final float[] logits;
  private final double logDenominator;
  private final int[] top;

  /**
   * Reads logits.
   *
   * @param logits (vocabulary); copied
   * @param top how many of the most likely tokens to name
   */
  public LogProbabilities(float[] logits, int top) {
    this.logits = logits.clone();
    logDenominator = Logits.max(logits) + Math.log(Logits.sumOfExponentials(logits));
    DescendingLogits descending = new DescendingLogits();
    descending.reset(logits);
    this.top = new int[Math.min(top, descending.size())];
    descending.sortFirst(this.top.length);
    Arrays.setAll(this.top, descending::id);
  }

  /**
   * The logarithm of a token's probability.
   *
   * @param tokenId the token
   * @return at most 0
   */
  public double of(int tokenId) {
    return Math.min(0, logits[tokenId] - logDenominator);
  }

  /**
   * The most likely tokens.
   *
   * @return their ids, most likely first, the lowest id first among equals
   */
  public int[] top() {
    return top.clone();
  }
}
