// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.serve;

import io.github.lora4j.generate.GenerationResult;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What came of a request.
 *
 * @param result as {@link io.github.lora4j.CausalLm#generate} gives it; its time runs from
 *     submission. Without tokens if the request ended while it waited
 * @param tokens the tokens, with log-probabilities if they were asked for
 * @param queued how long it waited until it was first run, or ended
 * @param timeToFirstToken from submission to the first token; empty if there was none
 */
public record ServedResult(
    GenerationResult result,
    List<GeneratedToken> tokens,
    Duration queued,
    Optional<Duration> timeToFirstToken) {
  /** Copies the list and checks that no part is null. */
  public ServedResult {
    Objects.requireNonNull(result, "result");
    tokens = List.copyOf(tokens);
    Objects.requireNonNull(queued, "queued");
    Objects.requireNonNull(timeToFirstToken, "timeToFirstToken");
  }

  /**
   * The new text.
   *
   * @return the text without the prompt
   */
  public String text() {
    return result.text();
  }
}
