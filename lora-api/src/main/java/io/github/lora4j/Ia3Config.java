// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

import java.util.HashSet;
import java.util.Objects;
import java.util.Optional;

/**
 * Learned scales, l ⊙ (W x) on the targeted modules and W (l ⊙ x) on those of them that are
 * feed-forward, (IA)³ (<a href="https://arxiv.org/abs/2205.05638">Liu et al. 2022</a>, section 3.3;
 * PEFT: {@code IA3Config}).
 *
 * <p>Immutable, and checked when built. Make one with {@link #builder()}; the components keep
 * PEFT's meaning.
 *
 * @param targetModules the modules that get a scale; unset for the architecture's default
 * @param excludeModules modules that get none although they are targeted
 * @param feedforwardModules the targeted modules whose input is scaled, not their output; unset for
 *     the architecture's default if {@code targetModules} is unset too, and for none otherwise
 * @param fanInFanOut whether the base weights are stored transposed, (inFeatures, outFeatures)
 * @param initIa3Weights whether the scales begin with one and change nothing; if not, they are
 *     drawn from N(0, 1)
 * @param metadata what the model is for, and which it is
 */
public record Ia3Config(
    ModuleSelector targetModules,
    ModuleSelector excludeModules,
    ModuleSelector feedforwardModules,
    boolean fanInFanOut,
    boolean initIa3Weights,
    AdapterMetadata metadata)
    implements AdapterConfig {
  /**
   * Checks every field; {@link #builder()} is the readable way.
   *
   * @throws ConfigurationException if a field has a value that cannot work, or two contradict each
   *     other; the message names the field, the value and the rule
   */
  public Ia3Config {
    Objects.requireNonNull(metadata, "metadata");
    ConfigRules rules = new ConfigRules(Ia3Config.class);
    rules.selector("targetModules", targetModules);
    rules.selector("excludeModules", excludeModules);
    rules.selector("feedforwardModules", feedforwardModules);
    rules.require(
        !(excludeModules instanceof ModuleSelector.AllLinear)
            && !(feedforwardModules instanceof ModuleSelector.AllLinear),
        "excludeModules and feedforwardModules cannot be all linear modules; name them");
    if (targetModules instanceof ModuleSelector.Names targets
        && feedforwardModules instanceof ModuleSelector.Names feedforward) {
      rules.require(
          new HashSet<>(targets.names()).containsAll(feedforward.names()),
          "feedforwardModules must be among targetModules, were %s and %s"
              .formatted(feedforward.names(), targets.names()));
    }
  }

  @Override
  public PeftType peftType() {
    return PeftType.IA3;
  }

  @Override
  public Optional<String> baseModelNameOrPath() {
    return metadata.baseModelNameOrPath();
  }

  /**
   * Starts from PEFT's defaults: the architecture's targets, scales of one.
   *
   * @return a new builder
   */
  public static Ia3ConfigBuilder builder() {
    return new Ia3ConfigBuilder();
  }
}
