// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

/** Builds a {@link BottleneckConfig}. */
public final class BottleneckConfigBuilder extends AdapterConfigBuilder<BottleneckConfigBuilder> {
  private double reductionFactor = 16;
  private boolean attention = true;
  private boolean feedForward = true;
  private BottleneckActivation activation = BottleneckActivation.SWISH;
  private double scaling = 1;

  BottleneckConfigBuilder() {}

  @Override
  BottleneckConfigBuilder self() {
    return this;
  }

  /**
   * Sets how much narrower than the model the bottleneck is.
   *
   * @param factor above 0; 16 if not set
   * @return this
   */
  public BottleneckConfigBuilder reductionFactor(double factor) {
    reductionFactor = factor;
    return this;
  }

  /**
   * Sets whether there is one behind attention.
   *
   * @param behind whether there is
   * @return this
   */
  public BottleneckConfigBuilder attention(boolean behind) {
    attention = behind;
    return this;
  }

  /**
   * Sets whether there is one behind the feed-forward part.
   *
   * @param behind whether there is
   * @return this
   */
  public BottleneckConfigBuilder feedForward(boolean behind) {
    feedForward = behind;
    return this;
  }

  /**
   * Sets the function in the middle.
   *
   * @param function the function
   * @return this
   */
  public BottleneckConfigBuilder activation(BottleneckActivation function) {
    activation = function;
    return this;
  }

  /**
   * Sets what the branch is multiplied by.
   *
   * @param factor above 0; 1 if not set
   * @return this
   */
  public BottleneckConfigBuilder scaling(double factor) {
    scaling = factor;
    return this;
  }

  /**
   * Checks and builds the config.
   *
   * @return the config
   * @throws ConfigurationException if a field has a value that cannot work
   */
  public BottleneckConfig build() {
    return new BottleneckConfig(
        reductionFactor, attention, feedForward, activation, scaling, metadata());
  }
}
