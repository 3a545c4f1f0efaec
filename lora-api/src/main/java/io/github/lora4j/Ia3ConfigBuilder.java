// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

import java.util.Arrays;

/** Builds an {@link Ia3Config}; what is not set keeps PEFT's default. */
public final class Ia3ConfigBuilder extends AdapterConfigBuilder<Ia3ConfigBuilder> {
  private ModuleSelector targetModules = new ModuleSelector.Unset();
  private ModuleSelector excludeModules = new ModuleSelector.Unset();
  private ModuleSelector feedforwardModules = new ModuleSelector.Unset();
  private boolean fanInFanOut;
  private boolean initIa3Weights = true;

  Ia3ConfigBuilder() {}

  @Override
  Ia3ConfigBuilder self() {
    return this;
  }

  /**
   * Sets which modules get a scale.
   *
   * @param selector names, an expression, or all linear modules
   * @return this
   */
  public Ia3ConfigBuilder targetModules(ModuleSelector selector) {
    targetModules = selector;
    return this;
  }

  /**
   * Sets which modules get a scale.
   *
   * @param names names of modules, or ends of names
   * @return this
   */
  public Ia3ConfigBuilder targetModules(String... names) {
    return targetModules(new ModuleSelector.Names(Arrays.asList(names)));
  }

  /**
   * Sets which modules get no scale although they are targeted.
   *
   * @param selector names or an expression
   * @return this
   */
  public Ia3ConfigBuilder excludeModules(ModuleSelector selector) {
    excludeModules = selector;
    return this;
  }

  /**
   * Sets which targeted modules have their input scaled.
   *
   * @param selector names or an expression
   * @return this
   */
  public Ia3ConfigBuilder feedforwardModules(ModuleSelector selector) {
    feedforwardModules = selector;
    return this;
  }

  /**
   * Sets which targeted modules have their input scaled.
   *
   * @param names names of modules, or ends of names, from among the targets
   * @return this
   */
  public Ia3ConfigBuilder feedforwardModules(String... names) {
    return feedforwardModules(new ModuleSelector.Names(Arrays.asList(names)));
  }

  /**
   * Says that base weights are stored transposed, as GPT-2's are.
   *
   * @param transposed whether they are; false if not set
   * @return this
   */
  public Ia3ConfigBuilder fanInFanOut(boolean transposed) {
    fanInFanOut = transposed;
    return this;
  }

  /**
   * Sets whether the scales begin with one.
   *
   * @param ones true if not set; false draws them from N(0, 1)
   * @return this
   */
  public Ia3ConfigBuilder initIa3Weights(boolean ones) {
    initIa3Weights = ones;
    return this;
  }

  /**
   * Checks and builds the config.
   *
   * @return the config
   * @throws ConfigurationException if a field has a value that cannot work, or two contradict each
   *     other
   */
  public Ia3Config build() {
    return new Ia3Config(
        targetModules, excludeModules, feedforwardModules, fanInFanOut, initIa3Weights, metadata());
  }
}
