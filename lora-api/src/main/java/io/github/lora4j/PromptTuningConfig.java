// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

import java.util.Objects;
import java.util.Optional;

/**
 * Prompt tuning: embeddings before every sequence that are learned themselves (<a
 * href="https://arxiv.org/abs/2104.08691">Lester et al. 2021</a>; PEFT: {@code
 * PromptTuningConfig}).
 *
 * <p>Immutable, and checked when built. Make one with {@link #builder()}.
 *
 * @param numVirtualTokens how many stand before a sequence, at least 1
 * @param initialization what they hold before the first step
 * @param dimensions the shape of the model, if said; an adapter on a model has it
 * @param metadata what the model is for, and which it is
 */
public record PromptTuningConfig(
    int numVirtualTokens,
    PromptInitialization initialization,
    Optional<PromptDimensions> dimensions,
    AdapterMetadata metadata)
    implements PromptLearningConfig {
  /**
   * Checks every field; {@link #builder()} is the readable way.
   *
   * @throws ConfigurationException if a field has a value that cannot work
   */
  public PromptTuningConfig {
    Objects.requireNonNull(initialization, "initialization");
    Objects.requireNonNull(dimensions, "dimensions");
    Objects.requireNonNull(metadata, "metadata");
    ConfigRules rules = new ConfigRules(PromptTuningConfig.class);
    rules.atLeastOne("numVirtualTokens", numVirtualTokens);
    if (initialization instanceof PromptInitialization.Text text) {
      rules.require(
          !text.text().isEmpty() && !text.tokenizerNameOrPath().isEmpty(),
          "the text of an initialization and its tokenizerNameOrPath must not be empty, were \"%s\" and \"%s\""
              .formatted(text.text(), text.tokenizerNameOrPath()));
    }
  }

  @Override
  public PeftType peftType() {
    return PeftType.PROMPT_TUNING;
  }

  /**
   * Starts with a random initialization.
   *
   * @return a new builder, whose number of virtual tokens is to be set
   */
  public static PromptTuningConfigBuilder builder() {
    return new PromptTuningConfigBuilder();
  }

  /**
   * The same for a given decoder. It says that it is for causal language models, or PEFT would
   * leave the tokens out.
   *
   * @param shape the decoder's shape
   * @return a config in which what was left to the model is said
   */
  public PromptTuningConfig forDecoder(PromptDimensions shape) {
    return new PromptTuningConfig(
        numVirtualTokens,
        initialization,
        Optional.of(shape),
        metadata.withTaskIfNone(TaskType.CAUSAL_LM));
  }
}
