// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.serve;

import io.github.lora4j.ConfigurationException;
import io.github.lora4j.generate.GenerationConfig;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Builds a {@link GenerationRequest}: greedy, of the base, without a time limit until told else.
 */
public final class GenerationRequestBuilder {
  private final Prompt prompt;
  private Optional<String> adapter = Optional.empty();
  private GenerationConfig config = GenerationConfig.greedy();
  private Optional<Duration> timeLimit = Optional.empty();
  private OptionalInt topLogprobs = OptionalInt.empty();

  GenerationRequestBuilder(Prompt prompt) {
    this.prompt = prompt;
  }

  /**
   * Continues the prompt under an adapter.
   *
   * @param name one of {@link LoraServer#adapters()}
   * @return this
   */
  public GenerationRequestBuilder adapter(String name) {
    adapter = Optional.of(name);
    return this;
  }

  /**
   * What to sample and when to stop; greedy, at most 128 tokens, if not set.
   *
   * @param config the configuration
   * @return this
   */
  public GenerationRequestBuilder config(GenerationConfig config) {
    this.config = Objects.requireNonNull(config, "config");
    return this;
  }

  /**
   * Ends the request after a time; none if not set.
   *
   * @param limit from submission, positive
   * @return this
   */
  public GenerationRequestBuilder timeLimit(Duration limit) {
    timeLimit = Optional.of(limit);
    return this;
  }

  /**
   * Asks for log-probabilities: of each token, and of the most likely ones in its place.
   *
   * @param alternatives how many of those, 0 to {@value GenerationRequest#MAX_TOP_LOGPROBS}
   * @return this
   */
  public GenerationRequestBuilder topLogprobs(int alternatives) {
    topLogprobs = OptionalInt.of(alternatives);
    return this;
  }

  /**
   * The request.
   *
   * @return the request
   * @throws ConfigurationException naming the field that is wrong
   */
  public GenerationRequest build() {
    return new GenerationRequest(prompt, adapter, config, timeLimit, topLogprobs);
  }
}
