// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.generate;

/**
 * Makes tokens that the sequence already holds less likely: l/p if l is not negative, else l·p
 * (CTRL, <a href="https://arxiv.org/abs/1909.05858">arXiv:1909.05858</a>, section 4.1;
 * transformers: {@code RepetitionPenaltyLogitsProcessor}).
 *
 * @param penalty p, positive
 */
record RepetitionPenalty(float penalty) implements LogitsProcessor {
  @Override
  public void process(float[] logits, TokenHistory history) {
    history.forEachDistinct(
        logits.length,
        id -> logits[id] = logits[id] < 0 ? logits[id] * penalty : logits[id] / penalty);
  }
}
