// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.generate;

import java.util.Set;

/**
 * Forbids the end of the sequence before it has enough new tokens (transformers: {@code
 * MinNewTokensLengthLogitsProcessor}).
 *
 * @param minimum the first length, in new tokens, at which the sequence may end
 * @param endOfSequenceIds the tokens that would end it
 */
record MinNewTokens(int minimum, Set<Integer> endOfSequenceIds) implements LogitsProcessor {
  @Override
  public void process(float[] logits, TokenHistory history) {
    if (history.newTokens() >= minimum) {
      return;
    }
    for (int id : endOfSequenceIds) {
      if (id < logits.length) {
        logits[id] = Float.NEGATIVE_INFINITY;
      }
    }
  }
}
