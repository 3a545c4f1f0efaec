// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.paged;

/**
 * What a step gave, for the sequences that asked for logits. Of use until the decoder's next step.
 */
public interface StepResult {
  /**
   * The logits behind a sequence's last token.
   *
   * @param sequence its index among the step's sequences
   * @return one a token of the vocabulary, the caller's
   * @throws IllegalStateException if it did not ask for them
   */
  float[] logits(int sequence);

  /**
   * The most likely next token; cheaper than {@link #logits}.
   *
   * @param sequence its index among the step's sequences
   * @return the index of the largest logit, the first among equals
   * @throws IllegalStateException if it did not ask for logits
   */
  int argmax(int sequence);
}
