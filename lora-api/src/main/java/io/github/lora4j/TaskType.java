// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

/** What the adapted model is for (PEFT: {@code task_type}). */
public enum TaskType {
  /** Text generation. */
  CAUSAL_LM,
  /** Classification of a text; the head trains with the adapter. */
  SEQ_CLS,
  /** Generation with an encoder and a decoder. */
  SEQ_2_SEQ_LM,
  /** Classification of each token; the head trains with the adapter. */
  TOKEN_CLS,
  /** Answers as spans of a text; the head trains with the adapter. */
  QUESTION_ANS,
  /** Hidden states as features of another model. */
  FEATURE_EXTRACTION
}
