// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.generate;

import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * What one prompt was continued with.
 *
 * @param prompt the prompt
 * @param text the new text without the prompt; it ends before the stop string, if one was reached
 * @param tokenIds the new tokens, with the end-of-sequence token or the tokens of the stop string
 *     that ended them
 * @param finishReason why it ended
 * @param promptTokens the length of the prompt in tokens
 * @param elapsed the time from the start of the batch to this sequence's last token
 */
public record GenerationResult(
    String prompt,
    String text,
    List<Integer> tokenIds,
    FinishReason finishReason,
    int promptTokens,
    Duration elapsed) {

  /** Copies the token ids and checks that no part is null. */
  public GenerationResult {
    Objects.requireNonNull(prompt, "prompt");
    Objects.requireNonNull(text, "text");
    tokenIds = List.copyOf(tokenIds);
    Objects.requireNonNull(finishReason, "finishReason");
    Objects.requireNonNull(elapsed, "elapsed");
  }

  /**
   * The number of new tokens.
   *
   * @return the length of {@link #tokenIds()}
   */
  public int newTokens() {
    return tokenIds.size();
  }

  /**
   * The speed of this sequence, its prompt's prefill counted in the time.
   *
   * @return new tokens per second, or 0 if no time was measured
   */
  public double tokensPerSecond() {
    return elapsed.isZero() ? 0 : newTokens() * 1e9 / elapsed.toNanos();
  }
}
