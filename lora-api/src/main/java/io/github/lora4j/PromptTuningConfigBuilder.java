// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

import java.util.Optional;

/** Builds a {@link PromptTuningConfig}; what is not set keeps PEFT's default. */
public final class PromptTuningConfigBuilder
    extends AdapterConfigBuilder<PromptTuningConfigBuilder> {
  private int numVirtualTokens;
  private PromptInitialization initialization = new PromptInitialization.Random();
  private Optional<PromptDimensions> dimensions = Optional.empty();

  PromptTuningConfigBuilder() {}

  @Override
  PromptTuningConfigBuilder self() {
    return this;
  }

  /**
   * Sets how many tokens stand before a sequence.
   *
   * @param count at least 1; must be set
   * @return this
   */
  public PromptTuningConfigBuilder numVirtualTokens(int count) {
    numVirtualTokens = count;
    return this;
  }

  /**
   * Sets what the tokens hold before the first step.
   *
   * @param start random if not set
   * @return this
   */
  public PromptTuningConfigBuilder initialization(PromptInitialization start) {
    initialization = start;
    return this;
  }

  /**
   * Begins with a text (PEFT: {@code prompt_tuning_init="TEXT"}).
   *
   * @param text the text, encoded by the model's own tokenizer
   * @param tokenizerNameOrPath the name of that tokenizer, for PEFT, which loads it by name
   * @return this
   */
  public PromptTuningConfigBuilder initText(String text, String tokenizerNameOrPath) {
    return initialization(new PromptInitialization.Text(text, tokenizerNameOrPath));
  }

  /**
   * Says the shape of the model, which otherwise is that of the model it is put on.
   *
   * @param shape the shape
   * @return this
   */
  public PromptTuningConfigBuilder dimensions(PromptDimensions shape) {
    dimensions = Optional.of(shape);
    return this;
  }

  /**
   * Checks and builds the config.
   *
   * @return the config
   * @throws ConfigurationException if a field has a value that cannot work
   */
  public PromptTuningConfig build() {
    return new PromptTuningConfig(numVirtualTokens, initialization, dimensions, metadata());
  }
}
