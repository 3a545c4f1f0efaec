// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.generate;

/**
 * Changes the logits of one sequence before a token is chosen from them (transformers: {@code
 * LogitsProcessor}). A token whose logit becomes negative infinity cannot be chosen; at least one
 * token always stays.
 */
interface LogitsProcessor {
  /**
   * Changes the logits in place.
   *
   * @param logits (vocabulary)
   * @param history the sequence so far
   */
  void process(float[] logits, TokenHistory history);
}
