// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

import java.util.Optional;
import java.util.OptionalInt;

/** Builds a {@link PrefixTuningConfig}; what is not set keeps PEFT's default. */
public final class PrefixTuningConfigBuilder
    extends AdapterConfigBuilder<PrefixTuningConfigBuilder> {
  private int numVirtualTokens;
  private boolean prefixProjection;
  private OptionalInt encoderHiddenSize = OptionalInt.empty();
  private boolean zeroInitialization;
  private Optional<PromptDimensions> dimensions = Optional.empty();

  PrefixTuningConfigBuilder() {}

  @Override
  PrefixTuningConfigBuilder self() {
    return this;
  }

  /**
   * Sets how many tokens stand before a sequence.
   *
   * @param count at least 1; must be set
   * @return this
   */
  public PrefixTuningConfigBuilder numVirtualTokens(int count) {
    numVirtualTokens = count;
    return this;
  }

  /**
   * Sets whether a small network makes the prefix while it trains.
   *
   * @param projected false if not set
   * @return this
   */
  public PrefixTuningConfigBuilder prefixProjection(boolean projected) {
    prefixProjection = projected;
    return this;
  }

  /**
   * Sets the width of that network.
   *
   * @param size at least 1; the width of a layer's keys if not set
   * @return this
   */
  public PrefixTuningConfigBuilder encoderHiddenSize(int size) {
    encoderHiddenSize = OptionalInt.of(size);
    return this;
  }

  /**
   * Sets whether the prefix begins with zeros.
   *
   * @param zero false if not set: a random prefix
   * @return this
   */
  public PrefixTuningConfigBuilder zeroInitialization(boolean zero) {
    zeroInitialization = zero;
    return this;
  }

  /**
   * Says the shape of the model, which otherwise is that of the model it is put on.
   *
   * @param shape the shape
   * @return this
   */
  public PrefixTuningConfigBuilder dimensions(PromptDimensions shape) {
    dimensions = Optional.of(shape);
    return this;
  }

  /**
   * Checks and builds the config.
   *
   * @return the config
   * @throws ConfigurationException if a field has a value that cannot work
   */
  public PrefixTuningConfig build() {
    return new PrefixTuningConfig(
        numVirtualTokens,
        prefixProjection,
        encoderHiddenSize,
        zeroInitialization,
        dimensions,
        metadata());
  }
}
