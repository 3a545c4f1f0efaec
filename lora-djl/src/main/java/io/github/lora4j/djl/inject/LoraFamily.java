package io.github.lora4j.djl.inject;

import ai.djl.ndarray.NDManager;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.target.AdaptationPlan;
import io.github.lora4j.target.TargetResolver;
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
    return host.create(name, plan(host, config), parent);
  }

  @Override
  public InstalledAdapter load(
      String name, LoraConfig config, AdapterFile file, boolean strict, NDManager parent) {
    AdaptationPlan plan = plan(host, config);
    file.check(plan.storedTensors(), strict);
    file.checkBase(plan, host, strict);
    return host.load(name, plan, parent, file);
  }

  /** Puts an adapter on the model whose values come from elsewhere. */
  InstalledAdapter install(String name, LoraConfig config, FactorSource source, NDManager parent) {
    return host.load(name, plan(host, config), parent, source);
  }

  /** What a configuration means for a model that can do it. */
  static AdaptationPlan plan(AdapterHost host, LoraConfig config) {
    AdaptationPlan plan = TargetResolver.plan(config, host.modules(), host.defaultTargets());
    host.check(plan);
    plan.warnings().forEach(warning -> LOGGER.warn("{}", warning));
    return plan;
  }
}
