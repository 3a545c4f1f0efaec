// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.data;

import java.util.Objects;

/**
 * A text to continue and its continuation, as the model will see them.
 *
 * @param prompt the text that is given
 * @param completion the text to learn, without the end-of-sequence token
 * @param addSpecialTokens whether the tokenizer may add its own tokens before the prompt (for
 *     example a beginning-of-sequence token); false if the prompt spells them out, as a rendered
 *     chat template does
 */
public record PromptCompletion(String prompt, String completion, boolean addSpecialTokens)
    implements TrainingRecord {
  /** Checks that no part is null. */
  public PromptCompletion {
    Objects.requireNonNull(prompt, "prompt");
    Objects.requireNonNull(completion, "completion");
  }

  /**
   * A plain text and its continuation; the tokenizer may add its tokens before the prompt.
   *
   * @param prompt the text that is given
   * @param completion the text to learn
   */
  public PromptCompletion(String prompt, String completion) {
    this(prompt, completion, true);
  }
}
