// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.serve;

import io.github.lora4j.ConfigurationException;
import io.github.lora4j.generate.GenerationConfig;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a client wants of a {@link LoraServer}.
 *
 * @param prompt what to continue
 * @param adapter the adapter to continue it under; empty for the base alone
 * @param config what to sample and when to stop
 * @param timeLimit the time from submission after which the request ends as {@link
 *     io.github.lora4j.generate.FinishReason#DEADLINE}, waiting counted; empty for none
 * @param topLogprobs asks for the log-probability of each token and of this many most likely ones
 *     in its place, 0 to {@value #MAX_TOP_LOGPROBS}; empty for no log-probabilities
 */
public record GenerationRequest(
    Prompt prompt,
    Optional<String> adapter,
    GenerationConfig config,
    Optional<Duration> timeLimit,
    OptionalInt topLogprobs) {

  /** The most alternatives to a token that are told. */
  public static final int MAX_TOP_LOGPROBS = 20;

  /**
   * Checks every field.
   *
   * @throws ConfigurationException if a field is out of its range
   */
  public GenerationRequest {
    Objects.requireNonNull(prompt, "prompt");
    Objects.requireNonNull(config, "config");
    adapter.ifPresent(name -> require(!name.isEmpty(), "adapter must not be empty", "\"\""));
    timeLimit.ifPresent(
        limit ->
            require(!limit.isNegative() && !limit.isZero(), "timeLimit must be positive", limit));
    topLogprobs.ifPresent(
        count ->
            require(
                count >= 0 && count <= MAX_TOP_LOGPROBS,
                "topLogprobs must be in 0 to " + MAX_TOP_LOGPROBS,
                count));
  }

  /**
   * Prepares a request.
   *
   * @param prompt the text to continue
   * @return the builder
   */
  public static GenerationRequestBuilder builder(String prompt) {
    return builder(Prompt.text(prompt));
  }

  /**
   * Prepares a request.
   *
   * @param prompt what to continue
   * @return the builder
   */
  public static GenerationRequestBuilder builder(Prompt prompt) {
    return new GenerationRequestBuilder(prompt);
  }

  private static void require(boolean holds, String rule, Object found) {
    if (!holds) {
      throw new ConfigurationException("GenerationRequest: " + rule + ", was " + found);
    }
  }
}
