// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.AdaLoraConfig;
import io.github.lora4j.peft.TensorRole;
import io.github.lora4j.target.AdaptationPlan;
import io.github.lora4j.target.AdaptedModule;
import io.github.lora4j.variant.AdaLora;
import io.github.lora4j.variant.LoraVariant;
import java.util.Map;

/**
 * AdaLoRA adapters on a network of ours.
 *
 * @param host the model
 */
record AdaLoraFamily(NetworkHost host) implements AdapterFamily<AdaLoraConfig> {
  @Override
  public Class<AdaLoraConfig> configType() {
    return AdaLoraConfig.class;
  }

  /** {@inheritDoc} With all ranks, whatever pattern the configuration has. */
  @Override
  public InstalledAdapter create(String name, AdaLoraConfig config, NDManager parent) {
    AdaLoraConfig fresh = config.toBuilder().rankPattern(Map.of()).build();
    AdaptationPlan plan = plan(fresh);
    return install(name, plan, fresh, parent, new NewSvdFactors());
  }

  @Override
  public InstalledAdapter load(
      String name, AdaLoraConfig config, AdapterFile file, boolean strict, NDManager parent) {
    AdaptationPlan plan = plan(config);
    file.check(plan.storedTensors(), strict);
    file.checkBase(plan, host, strict);
    return install(name, plan, config, parent, file);
  }

  private AdaptationPlan plan(AdaLoraConfig config) {
    AdaptationPlan plan = LoraFamily.plan(host, config.lora());
    NetworkHost.requireLinear(plan, "AdaLoRA");
    return plan.withSingularValues(config);
  }

  private InstalledAdapter install(
      String name,
      AdaptationPlan plan,
      AdaLoraConfig config,
      NDManager parent,
      FactorSource source) {
    NetworkAdapter adapter =
        NetworkAdapter.install(host.network(), name, plan, parent, source, AdaLoraFamily::variant);
    return new AdaLoraAdapter(adapter, config.toBuilder().lora(plan.config()).build());
  }

  private static LoraVariant variant(VariantMaker.Site site) {
    AdaptedModule module = site.module();
    try (NDArray zeros = site.manager().zeros(new Shape(module.rank(), 1), DataType.FLOAT32)) {
      return AdaLora.own(site.source().own(site.manager(), module.tensor(TensorRole.SVD_E), zeros));
    }
  }
}
