// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.generate;

/**
 * Keeps the tokens at least p times as likely as the most likely one (<a
 * href="https://arxiv.org/abs/2407.01082">arXiv:2407.01082</a>; transformers: {@code
 * MinPLogitsWarper}). In logits: l ≥ max + ln p.
 *
 * @param p the fraction, in (0, 1]
 */
record MinP(float p) implements LogitsProcessor {
  @Override
  public void process(float[] logits, TokenHistory history) {
    Logits.removeBelow(logits, (float) (Logits.max(logits) + Math.log(p)));
  }
}
