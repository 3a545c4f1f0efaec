// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

import java.util.Objects;

/** What virtual tokens hold before the first step (PEFT: {@code PromptTuningInit}). */
public sealed interface PromptInitialization {
  /** Values drawn from N(0, 1). */
  record Random() implements PromptInitialization {}

  /** Embeddings of tokens drawn from the model's vocabulary. */
  record SampleVocabulary() implements PromptInitialization {}

  /**
   * The embeddings of a text, cut or repeated to the number of virtual tokens.
   *
   * @param text the text, encoded by the model's own tokenizer
   * @param tokenizerNameOrPath the name of that tokenizer, for PEFT, which loads it by name
   */
  record Text(String text, String tokenizerNameOrPath) implements PromptInitialization {
    /** Checks that both are there. */
    public Text {
      Objects.requireNonNull(text, "text");
      Objects.requireNonNull(tokenizerNameOrPath, "tokenizerNameOrPath");
    }
  }
}
