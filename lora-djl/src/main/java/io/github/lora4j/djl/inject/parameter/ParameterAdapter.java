// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject.parameter;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import io.github.lora4j.djl.inject.FactorSource;
import io.github.lora4j.djl.inject.PlannedAdapter;
import io.github.lora4j.djl.nn.WeightOrder;
import io.github.lora4j.peft.PeftNames;
import io.github.lora4j.peft.PeftTensor;
import io.github.lora4j.peft.TensorRole;
import io.github.lora4j.target.AdaptableModule;
import io.github.lora4j.target.AdaptationPlan;
import io.github.lora4j.target.AdaptedModule;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * An adapter on a foreign block: what stands for which parameter of it while the adapter is in use.
 *
 * <p>Owns its arrays; {@link #close} takes it off.
 */
final class ParameterAdapter implements PlannedAdapter {
  private final ParameterHost host;
  private final AdaptationPlan plan;
  private final NDManager manager;
  private final Map<PeftTensor, Parameter> trained = new LinkedHashMap<>();
  private final Map<Parameter, Substitute> substitutes = new LinkedHashMap<>();
  private String name;
  private boolean active;

  private ParameterAdapter(ParameterHost host, String name, AdaptationPlan plan, NDManager parent) {
    this.name = name;
    this.host = host;
    this.plan = plan;
    manager = parent.newSubManager();
  }

  /**
   * Puts an adapter on a block.
   *
   * @param host the block
   * @param name the adapter's name
   * @param plan what it adapts
   * @param parent a sub-manager of it owns the arrays
   * @param source its values
   * @return the adapter, inactive
   */
  static ParameterAdapter install(
      ParameterHost host, String name, AdaptationPlan plan, NDManager parent, FactorSource source) {
    ParameterAdapter adapter = new ParameterAdapter(host, name, plan, parent);
    try {
      plan.adapted().forEach(module -> adapter.adapt(module, source));
      plan.saved().stream()
          .flatMap(saved -> saved.modules().stream())
          .forEach(module -> adapter.copy(module, source));
      plan.trainedBiases().forEach(module -> adapter.copyBias(module, source));
      return adapter;
    } catch (RuntimeException e) {
      adapter.close();
      throw e;
    }
  }

  private void adapt(AdaptedModule module, FactorSource source) {
    Parameter a = own(module.a(), Parameter.Type.WEIGHT, source.a(manager, module));
    Parameter b = own(module.b(), Parameter.Type.WEIGHT, source.b(manager, module));
    FactorLayout layout = FactorLayout.of(module.module().kind());
    substitutes.put(
        host.module(module.name()).weight(),
        new LowRankFactors(layout, a, b, module.scaling(), host.ops()));
  }

  private void copy(AdaptableModule module, FactorSource source) {
    ParameterModule place = host.module(module.name());
    copy(new PeftTensor(module.name(), TensorRole.WEIGHT), place.weight(), source);
    place
        .bias()
        .ifPresent(bias -> copy(new PeftTensor(module.name(), TensorRole.BIAS), bias, source));
  }

  private void copyBias(AdaptableModule module, FactorSource source) {
    boolean adapted = plan.adapted().stream().anyMatch(m -> m.module().equals(module));
    TensorRole role = adapted ? TensorRole.BASE_BIAS : TensorRole.BIAS;
    Parameter bias = host.module(module.name()).bias().orElseThrow();
    copy(new PeftTensor(module.name(), role), bias, source);
  }

  private void copy(PeftTensor tensor, Parameter base, FactorSource source) {
    NDArray value =
        source.saved(manager, tensor, host.values().base(base), WeightOrder.AS_IN_MEMORY);
    substitutes.put(base, new OwnParameter(own(tensor, base.getType(), value)));
  }

  private Parameter own(PeftTensor tensor, Parameter.Type type, NDArray value) {
    Parameter parameter =
        Parameter.builder()
            .setName(PeftNames.memoryName(tensor, name, plan.savedNames()))
            .setType(type)
            .optArray(value)
            .optShape(value.getShape())
            .optRequiresGrad(false)
            .build();
    trained.put(tensor, parameter);
    return parameter;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void rename(String to) {
    name = to;
  }

  @Override
  public AdaptationPlan plan() {
    return plan;
  }

  @Override
  public Map<PeftTensor, Parameter> trained() {
    return Collections.unmodifiableMap(trained);
  }

  /** The parameters of the base that it changes. */
  Set<Parameter> changed() {
    return Collections.unmodifiableSet(substitutes.keySet());
  }

  /** Its factors, by the module whose weight they change. */
  Map<ParameterModule, LowRankFactors> factors() {
    Map<ParameterModule, LowRankFactors> factors = new LinkedHashMap<>();
    for (AdaptedModule adapted : plan.adapted()) {
      ParameterModule module = host.module(adapted.name());
      if (substitutes.get(module.weight()) instanceof LowRankFactors own) {
        factors.put(module, own);
      }
    }
    return factors;
  }

  @Override
  public void activate() {
    active = true;
    substitutes.forEach(host.values()::put);
  }

  @Override
  public void deactivate() {
    if (active) {
      substitutes.keySet().forEach(host.values()::remove);
      active = false;
    }
  }

  @Override
  public void close() {
    deactivate();
    manager.close();
  }
}
