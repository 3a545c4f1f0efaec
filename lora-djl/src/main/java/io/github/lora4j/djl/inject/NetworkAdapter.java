// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.LoraAdapter;
import io.github.lora4j.LoraLinear;
import io.github.lora4j.djl.format.StoredType;
import io.github.lora4j.djl.format.TensorEntry;
import io.github.lora4j.djl.nn.BiasSlot;
import io.github.lora4j.djl.nn.Biased;
import io.github.lora4j.djl.nn.ModuleSlot;
import io.github.lora4j.djl.nn.Network;
import io.github.lora4j.djl.nn.TokenRows;
import io.github.lora4j.djl.nn.WeightBlock;
import io.github.lora4j.djl.nn.WeightOrder;
import io.github.lora4j.peft.PeftTensor;
import io.github.lora4j.peft.TensorRole;
import io.github.lora4j.target.AdaptableModule;
import io.github.lora4j.target.AdaptationPlan;
import io.github.lora4j.target.AdaptedModule;
import io.github.lora4j.target.SavedModule;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * An adapter on a network of ours: factors in its {@link LoraLinear}s, copies of the modules that
 * train in full, rows of tables and biases of its own. Nothing of it is in use until {@link
 * #activate}; the base's own weights are never written.
 *
 * <p>Owns its arrays; {@link #close} takes it off.
 */
public final class NetworkAdapter implements PlannedAdapter {
  private String name;
  private final Network network;
  private final AdaptationPlan plan;
  private final NDManager manager;
  private final LoraPlaces places;
  private final Map<PeftTensor, Parameter> trained = new LinkedHashMap<>();
  private final Map<ModuleSlot, WeightBlock> copies = new LinkedHashMap<>();
  private final Map<ModuleSlot, Parameter> biases = new LinkedHashMap<>();
  private final ReplacedRows rows;
  private boolean active;

  private NetworkAdapter(String name, Network network, AdaptationPlan plan, NDManager parent) {
    this.name = name;
    this.network = network;
    places = new LoraPlaces(network);
    this.plan = plan;
    manager = parent.newSubManager();
    rows = new ReplacedRows(network);
  }

  /**
   * Puts an adapter with given values on a network.
   *
   * @param network the network
   * @param name the adapter's name
   * @param plan what it adapts
   * @param parent a sub-manager of it owns the arrays
   * @param values where its values come from
   * @return the adapter, inactive
   */
  public static NetworkAdapter load(
      Network network, String name, AdaptationPlan plan, NDManager parent, FactorSource values) {
    return install(network, name, plan, parent, values, VariantMaker.of(plan.config(), network));
  }

  /** Puts an adapter on a network whose factors and variants come from elsewhere. */
  static NetworkAdapter install(
      Network network,
      String name,
      AdaptationPlan plan,
      NDManager parent,
      FactorSource source,
      VariantMaker variants) {
    NetworkAdapter adapter = new NetworkAdapter(name, network, plan, parent);
    try {
      AdapterMaker maker =
          new AdapterMaker(plan.config(), source, variants, network.ops(), adapter.manager);
      plan.adapted().forEach(module -> adapter.adapt(module, maker));
      plan.saved().forEach(saved -> adapter.copy(saved, source));
      adapter.replaceRows(source);
      plan.trainedBiases().forEach(module -> adapter.copyBias(module, source));
      return adapter;
    } catch (RuntimeException e) {
      adapter.close();
      throw e;
    }
  }

  private void adapt(AdaptedModule module, AdapterMaker maker) {
    ModuleSlot slot = network.module(module.name());
    LoraAdapter factors = maker.at(module, slot.base());
    places.put(slot, name, factors);
    trained.put(module.a(), factors.a());
    trained.put(module.b(), factors.b());
    factors
        .variant()
        .parameters()
        .forEach((role, parameter) -> trained.put(module.tensor(role), parameter));
  }

  private void copy(SavedModule saved, FactorSource source) {
    for (AdaptableModule module : saved.modules()) {
      ModuleSlot slot = network.module(module.name());
      WeightBlock copy =
          slot.base()
              .withWeights(
                  (parameter, base) ->
                      source.saved(
                          manager,
                          tensor(module.name(), parameter),
                          base,
                          WeightOrder.of(module, parameter)));
      copies.put(slot, copy);
      slot.own(name, copy);
      copy.getDirectParameters()
          .forEach(pair -> trained.put(tensor(module.name(), pair.getKey()), pair.getValue()));
    }
  }

  private void replaceRows(FactorSource source) {
    rows.add(plan.trainedRows(), name, source, manager);
    trained.putAll(rows.trained());
    rows.bySlot().keySet().forEach(slot -> slot.own(name, rows.block(slot).orElseThrow()));
  }

  /** The places where it has weights or biases of its own. */
  private Set<ModuleSlot> ownPlaces() {
    Set<ModuleSlot> places = new LinkedHashSet<>(copies.keySet());
    places.addAll(biases.keySet());
    places.addAll(rows.bySlot().keySet());
    return places;
  }

  private static PeftTensor tensor(String module, String parameter) {
    return new PeftTensor(module, parameter.equals("bias") ? TensorRole.BIAS : TensorRole.WEIGHT);
  }

  private void copyBias(AdaptableModule module, FactorSource source) {
    ModuleSlot slot = network.module(module.name());
    boolean adapted = plan.adapted().stream().anyMatch(m -> m.module().equals(module));
    PeftTensor tensor =
        new PeftTensor(module.name(), adapted ? TensorRole.BASE_BIAS : TensorRole.BIAS);
    Parameter base = biasOf(slot).base().orElseThrow();
    NDArray value = source.saved(manager, tensor, base.getArray(), WeightOrder.AS_IN_MEMORY);
    Parameter own =
        Parameter.builder()
            .setName("bias")
            .setType(Parameter.Type.BIAS)
            .optArray(value)
            .optShape(value.getShape())
            .optRequiresGrad(false)
            .build();
    biases.put(slot, own);
    slot.own(name, own);
    trained.put(tensor, own);
  }

  private static BiasSlot biasOf(ModuleSlot slot) {
    return ((Biased) slot.base()).bias();
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void rename(String to) {
    layers().values().forEach(lora -> lora.rename(name, to));
    rows.rename(to);
    ownPlaces().forEach(slot -> slot.renameOwner(name, to));
    name = to;
  }

  @Override
  public void requireRowWise() {
    // A mixed batch asks each place for what an adapter has there.
  }

  @Override
  public void requireFactorsAlone() {
    if (!ownPlaces().isEmpty()) {
      PlannedAdapter.super.requireFactorsAlone();
    }
  }

  @Override
  public AdaptationPlan plan() {
    return plan;
  }

  @Override
  public Map<PeftTensor, Parameter> trained() {
    return Collections.unmodifiableMap(trained);
  }

  @Override
  public Optional<TensorEntry> ownEntry(String entry, PeftTensor tensor) {
    return Optional.ofNullable(trained.get(tensor))
        .map(parameter -> entry(entry, tensor, parameter.getArray()));
  }

  private TensorEntry entry(String entry, PeftTensor tensor, NDArray value) {
    AdaptableModule module = network.module(tensor.module()).module();
    WeightOrder order =
        tensor.role() == TensorRole.WEIGHT ? WeightOrder.of(module) : WeightOrder.AS_IN_MEMORY;
    Shape shape = order.stored(value.getShape());
    return TensorEntry.computed(
        entry, shape, StoredType.F32, () -> order.turned(value.duplicate()));
  }

  /**
   * The copies of modules that train in full.
   *
   * @return by their place
   */
  public Map<ModuleSlot, WeightBlock> copies() {
    return Collections.unmodifiableMap(copies);
  }

  /**
   * The rows of tables that it replaces.
   *
   * @return by their place; a head that shares its embedding's table has the embedding's
   */
  public Map<ModuleSlot, TokenRows> rows() {
    return rows.bySlot();
  }

  /** Puts into a place what stood there before a merge. */
  void putBack(ModuleSlot slot) {
    rows.block(slot).ifPresent(slot::standIn);
  }

  /**
   * The biases of its own, outside the copies.
   *
   * @return by their place
   */
  public Map<ModuleSlot, Parameter> biases() {
    return Collections.unmodifiableMap(biases);
  }

  /**
   * What the factors started as, where that is taken off the base's weight.
   *
   * @return A₀ and B₀ by their place
   */
  public Map<ModuleSlot, LoraAdapter> initial() {
    Map<ModuleSlot, LoraAdapter> initial = new LinkedHashMap<>();
    layers()
        .forEach(
            (slot, lora) ->
                Optional.ofNullable(lora.adapters().get(name))
                    .flatMap(adapter -> adapter.variant().initial())
                    .ifPresent(factors -> initial.put(slot, factors)));
    return initial;
  }

  /**
   * Refuses to merge what has no place in the base's weights.
   *
   * @throws ConfigurationException if it has a bias where the base has none
   */
  public void requireMergeable() {
    for (AdaptedModule module : plan.adapted()) {
      if (module.vectors().contains(TensorRole.LORA_B_BIAS) && !module.module().bias()) {
        throw new ConfigurationException(
            "adapter \"%s\" cannot be merged: lora_bias gives \"%s\" a bias, which the base does not have there; keep the adapter apart"
                .formatted(name, module.name()));
      }
    }
  }

  @Override
  public StoredAdapter converted() {
    Map<String, LoraAdapter> byModule = new LinkedHashMap<>();
    initial().forEach((slot, factors) -> byModule.put(slot.name(), factors));
    return byModule.isEmpty() ? this : new ConvertedAdapter(this, byModule);
  }

  /**
   * The places where it has factors.
   *
   * @return the layers by their place
   */
  Map<ModuleSlot, LoraLinear> layers() {
    Map<ModuleSlot, LoraLinear> layers = new LinkedHashMap<>();
    for (AdaptedModule module : plan.adapted()) {
      ModuleSlot slot = network.module(module.name());
      slot.lora().ifPresent(lora -> layers.put(slot, lora));
    }
    return layers;
  }

  @Override
  public void activate() {
    layers().values().forEach(lora -> lora.activateBeside(name));
    copies.forEach(ModuleSlot::standIn);
    rows.activate();
    biases.forEach((slot, bias) -> biasOf(slot).replace(bias));
    active = true;
  }

  @Override
  public void deactivate() {
    if (active) {
      layers().values().forEach(lora -> lora.deactivate(name));
      copies.keySet().forEach(slot -> slot.standIn(null));
      rows.deactivate();
      biases.keySet().forEach(slot -> biasOf(slot).replace(null));
      active = false;
    }
  }

  @Override
  public void close() {
    deactivate();
    ownPlaces().forEach(slot -> slot.disown(name));
    layers().keySet().forEach(slot -> places.remove(slot, name));
    manager.close();
  }
}
