// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import ai.djl.ndarray.types.Shape;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.Ia3Config;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.ModuleSelector;
import io.github.lora4j.djl.nn.ModuleSlot;
import io.github.lora4j.djl.nn.Network;
import io.github.lora4j.target.AdaptableModule;
import io.github.lora4j.target.AdaptationPlan;
import io.github.lora4j.target.AdaptedModule;
import io.github.lora4j.target.SelectedNames;
import io.github.lora4j.target.TargetResolver;
import java.util.List;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a configuration of (IA)³ means for a network.
 *
 * @param config the configuration as it is to be stored, its targets in words that need no model
 * @param scales the modules that get a scale, at least one, in the network's order
 */
record Ia3Plan(Ia3Config config, List<Scale> scales) {
  private static final Logger LOGGER = LoggerFactory.getLogger(Ia3Plan.class);

  /** Copies the list. */
  Ia3Plan {
    scales = List.copyOf(scales);
  }

  /**
   * A scale of one module.
   *
   * @param module the module
   * @param ofInputs whether its inputs are scaled, not its outputs
   */
  record Scale(AdaptableModule module, boolean ofInputs) {
    /** The shape in which PEFT keeps it: it is multiplied with the weight as it is. */
    Shape shape() {
      return ofInputs ? new Shape(1, module.inFeatures()) : new Shape(module.outFeatures(), 1);
    }
  }

  /**
   * Plans by PEFT's rules, which for the targets are those of low-rank adapters.
   *
   * @throws ConfigurationException if nothing matches, or what matches is no linear module
   */
  static Ia3Plan of(Ia3Config config, Network network, String modelType) {
    Ia3Config spelled = withDefaults(config, modelType);
    AdaptationPlan plan =
        TargetResolver.plan(
            LoraConfig.builder()
                .targetModules(spelled.targetModules())
                .excludeModules(spelled.excludeModules())
                .build(),
            network.modules().stream().map(ModuleSlot::module).toList(),
            List.of());
    plan.adapted().stream().map(AdaptedModule::module).forEach(Ia3Plan::requireLinear);
    plan.warnings().forEach(warning -> LOGGER.warn("{}", warning));
    Predicate<String> feedforward = SelectedNames.of(spelled.feedforwardModules());
    return new Ia3Plan(
        stored(spelled, plan.config()),
        plan.adapted().stream()
            .map(adapted -> new Scale(adapted.module(), feedforward.test(adapted.name())))
            .toList());
  }

  private static void requireLinear(AdaptableModule module) {
    if (!module.isLinear()) {
      throw new ConfigurationException(
          "target_modules: \"%s\" is an embedding, and (IA)³ scales linear modules; leave it out"
              .formatted(module.name()));
    }
  }

  private static Ia3Config withDefaults(Ia3Config config, String modelType) {
    if (!(config.targetModules() instanceof ModuleSelector.Unset)) {
      return config;
    }
    Ia3Targets targets =
        Ia3Targets.of(modelType)
            .orElseThrow(
                () ->
                    new ConfigurationException(
                        "target_modules are not set, and \"%s\" has no default for (IA)³; name modules or use all linear ones"
                            .formatted(modelType)));
    ModuleSelector feedforward =
        config.feedforwardModules() instanceof ModuleSelector.Unset
            ? new ModuleSelector.Names(targets.feedforward())
            : config.feedforwardModules();
    return new Ia3Config(
        new ModuleSelector.Names(targets.targets()),
        config.excludeModules(),
        feedforward,
        config.fanInFanOut(),
        config.initIa3Weights(),
        config.metadata());
  }

  private static Ia3Config stored(Ia3Config config, LoraConfig resolved) {
    return new Ia3Config(
        resolved.targetModules(),
        config.excludeModules(),
        config.feedforwardModules(),
        resolved.fanInFanOut(),
        config.initIa3Weights(),
        config.metadata());
  }
}
