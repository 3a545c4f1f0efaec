// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

import java.util.Optional;

/**
 * A configuration of an adapter that puts virtual tokens before every sequence and leaves the
 * base's modules alone (PEFT: {@code PromptLearningConfig}).
 */
public sealed interface PromptLearningConfig extends AdapterConfig
    permits PromptTuningConfig, PrefixTuningConfig, PromptEncoderConfig {
  /**
   * How many tokens stand before a sequence.
   *
   * @return at least 1
   */
  int numVirtualTokens();

  /**
   * The shape of the model it is for; an adapter on a model has it, and so has every file.
   *
   * @return the shape, or empty if it is to be the model's
   */
  Optional<PromptDimensions> dimensions();

  /**
   * What the model is for, and which it is.
   *
   * @return the metadata
   */
  AdapterMetadata metadata();

  @Override
  default Optional<String> baseModelNameOrPath() {
    return metadata().baseModelNameOrPath();
  }
}
