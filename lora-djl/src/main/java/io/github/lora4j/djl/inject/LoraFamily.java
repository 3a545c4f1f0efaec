// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import ai.djl.ndarray.NDManager;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.target.AdaptationPlan;
import io.github.lora4j.target.AdaptedModule;
import io.github.lora4j.target.TargetResolver;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Low-rank adapters: what a configuration means for the model's modules, and then the host's work.
 *
 * @param host the model
 */
record LoraFamily(AdapterHost host) implements AdapterFamily<LoraConfig> {
  private static final Logger LOGGER = LoggerFactory.getLogger(LoraFamily.class);

  @Override
  public Class<LoraConfig> configType() {
    return LoraConfig.class;
  }

  @Override
  public InstalledAdapter create(String name, LoraConfig config, NDManager parent) {
    AdaptationPlan plan = plan(host, config);
    requireFused(plan);
    return host.create(name, plan, parent);
  }

  @Override
  public InstalledAdapter load(
      String name, LoraConfig config, AdapterFile file, boolean strict, NDManager parent) {
    AdaptationPlan plan = plan(host, whole(config));
    file.check(plan.storedTensors(), strict);
    file.checkBase(plan, host, strict);
    return host.load(name, plan, parent, file);
  }

  /** Puts an adapter on the model whose values come from elsewhere. */
  InstalledAdapter install(String name, LoraConfig config, FactorSource source, NDManager parent) {
    return host.load(name, plan(host, whole(config)), parent, source);
  }

  /** Values that come from elsewhere are an ordinary adapter's. */
  static LoraConfig whole(LoraConfig config) {
    return config.toBuilder().fusedTargets().build();
  }

  private void requireFused(AdaptationPlan plan) {
    List<String> modules = plan.adapted().stream().map(AdaptedModule::name).toList();
    if (!plan.config().fusedTargets().isEmpty() && modules.stream().noneMatch(host::fusesQkv)) {
      throw new ConfigurationException(
          "fusedTargets %s: no targeted module of \"%s\" is known to hold queries, keys and values in one, found \"%s\"; target such a module, or name the modules of queries, keys and values"
              .formatted(plan.config().fusedTargets(), host.name(), modules.get(0)));
    }
  }

  /** What a configuration means for a model that can do it. */
  static AdaptationPlan plan(AdapterHost host, LoraConfig config) {
    AdaptationPlan plan =
        host.settled(TargetResolver.plan(config, host.modules(), host.defaultTargets()));
    host.check(plan);
    plan.warnings().forEach(warning -> LOGGER.warn("{}", warning));
    return plan;
  }
}
