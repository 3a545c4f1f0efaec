// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

/** What the head of a {@link TextEncoder} computes. */
public enum EncoderTask {
  /** A label of a text (transformers: {@code ForSequenceClassification}). */
  SEQUENCE_CLASSIFICATION,
  /** A label of each token (transformers: {@code ForTokenClassification}). */
  TOKEN_CLASSIFICATION,
  /** The token that stands at each place (transformers: {@code ForMaskedLM}). */
  MASKED_LM
}
