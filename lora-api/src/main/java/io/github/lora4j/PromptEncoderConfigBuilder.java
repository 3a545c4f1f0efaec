// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

import java.util.Optional;
import java.util.OptionalInt;

/** Builds a {@link PromptEncoderConfig}; what is not set keeps PEFT's default. */
public final class PromptEncoderConfigBuilder
    extends AdapterConfigBuilder<PromptEncoderConfigBuilder> {
  private int numVirtualTokens;
  private PromptEncoderType encoderType = PromptEncoderType.MLP;
  private OptionalInt encoderHiddenSize = OptionalInt.empty();
  private int encoderNumLayers = 2;
  private double encoderDropout;
  private Optional<PromptDimensions> dimensions = Optional.empty();

  PromptEncoderConfigBuilder() {}

  @Override
  PromptEncoderConfigBuilder self() {
    return this;
  }

  /**
   * Sets how many tokens stand before a sequence.
   *
   * @param count at least 1; must be set
   * @return this
   */
  public PromptEncoderConfigBuilder numVirtualTokens(int count) {
    numVirtualTokens = count;
    return this;
  }

  /**
   * Sets the network that makes the tokens.
   *
   * @param type {@link PromptEncoderType#MLP} if not set
   * @return this
   */
  public PromptEncoderConfigBuilder encoderType(PromptEncoderType type) {
    encoderType = type;
    return this;
  }

  /**
   * Sets the width of the network.
   *
   * @param size at least 1; the model's hidden size if not set
   * @return this
   */
  public PromptEncoderConfigBuilder encoderHiddenSize(int size) {
    encoderHiddenSize = OptionalInt.of(size);
    return this;
  }

  /**
   * Sets how many layers an LSTM has.
   *
   * @param layers at least 1; 2 if not set
   * @return this
   */
  public PromptEncoderConfigBuilder encoderNumLayers(int layers) {
    encoderNumLayers = layers;
    return this;
  }

  /**
   * Sets the dropout between the layers of an LSTM.
   *
   * @param probability in [0, 1); 0 if not set
   * @return this
   */
  public PromptEncoderConfigBuilder encoderDropout(double probability) {
    encoderDropout = probability;
    return this;
  }

  /**
   * Says the shape of the model, which otherwise is that of the model it is put on.
   *
   * @param shape the shape
   * @return this
   */
  public PromptEncoderConfigBuilder dimensions(PromptDimensions shape) {
    dimensions = Optional.of(shape);
    return this;
  }

  /**
   * Checks and builds the config.
   *
   * @return the config
   * @throws ConfigurationException if a field has a value that cannot work
   */
  public PromptEncoderConfig build() {
    return new PromptEncoderConfig(
        numVirtualTokens,
        encoderType,
        encoderHiddenSize,
        encoderNumLayers,
        encoderDropout,
        dimensions,
        metadata());
  }
}
