// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.openai;

/**
 * How long an answer may be.
 *
 * @param most the most tokens that a request may ask for
 */
public record AnswerLimits(int most) {
  /** What OpenAI's completions give without {@code max_tokens}. */
  private static final int COMPLETION_DEFAULT = 16;

  /** The tokens of a chat answer that names no limit. */
  int forChat() {
    return most;
  }

  /** The tokens of a completion that names no limit. */
  int forCompletion() {
    return Math.min(COMPLETION_DEFAULT, most);
  }
}
