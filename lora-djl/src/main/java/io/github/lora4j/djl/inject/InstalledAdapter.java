package io.github.lora4j.djl.inject;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import io.github.lora4j.LoraAdapter;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.LoraLinear;
import io.github.lora4j.djl.kernel.FusedLowRankUpdate;
import io.github.lora4j.djl.nn.BiasSlot;
import io.github.lora4j.djl.nn.Biased;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.ModuleSlot;
import io.github.lora4j.djl.nn.WeightBlock;
import io.github.lora4j.peft.PeftTensor;
import io.github.lora4j.peft.TensorRole;
import io.github.lora4j.target.AdaptableModule;
import io.github.lora4j.target.AdaptationPlan;
import io.github.lora4j.target.AdaptedModule;
import io.github.lora4j.target.SavedModule;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One adapter on a decoder: factors in its {@link LoraLinear}s, copies of the modules that train in
 * full, biases of its own. Nothing of it is in use until {@link #activate}; the base's own weights
 * are never written.
 *
 * <p>Owns its arrays; {@link #close} takes it off.
 */
public final class InstalledAdapter implements AutoCloseable {
  private final String name;
  private final Decoder decoder;
  private final AdaptationPlan plan;
  private final NDManager manager;
  private final Map<PeftTensor, Parameter> trained = new LinkedHashMap<>();
  private final Map<ModuleSlot, WeightBlock> copies = new LinkedHashMap<>();
  private final Map<ModuleSlot, Parameter> biases = new LinkedHashMap<>();
  private boolean active;

  private InstalledAdapter(String name, Decoder decoder, AdaptationPlan plan, NDManager parent) {
    this.name = name;
    this.decoder = decoder;
    this.plan = plan;
    manager = parent.newSubManager();
  }

  /**
   * Puts a new adapter on a decoder.
   *
   * @param decoder the decoder
   * @param name the adapter's name
   * @param plan what it adapts
   * @param parent a sub-manager of it owns the arrays
   * @return the adapter, inactive
   */
  public static InstalledAdapter create(
      Decoder decoder, String name, AdaptationPlan plan, NDManager parent) {
    return install(decoder, name, plan, parent, new NewFactors(plan.config().initialization()));
  }

  /**
   * Puts a saved adapter on a decoder.
   *
   * @param decoder the decoder
   * @param name the adapter's name
   * @param plan what it adapts
   * @param parent a sub-manager of it owns the arrays
   * @param file its values
   * @return the adapter, inactive
   */
  public static InstalledAdapter load(
      Decoder decoder, String name, AdaptationPlan plan, NDManager parent, AdapterFile file) {
    return install(decoder, name, plan, parent, file);
  }

  private static InstalledAdapter install(
      Decoder decoder, String name, AdaptationPlan plan, NDManager parent, FactorSource source) {
    InstalledAdapter adapter = new InstalledAdapter(name, decoder, plan, parent);
    try {
      plan.adapted().forEach(module -> adapter.adapt(module, source));
      plan.saved().forEach(saved -> adapter.copy(saved, source));
      plan.trainedBiases().forEach(module -> adapter.copyBias(module, source));
      return adapter;
    } catch (RuntimeException e) {
      adapter.close();
      throw e;
    }
  }

  private void adapt(AdaptedModule module, FactorSource source) {
    NDArray a = source.a(manager, module);
    NDArray b = source.b(manager, module);
    float dropout = (float) plan.config().dropout();
    LoraAdapter factors = LoraAdapter.own(a, b, module.scaling(), dropout);
    loraAt(decoder.module(module.name())).put(name, factors);
    trained.put(module.a(), factors.a());
    trained.put(module.b(), factors.b());
  }

  private LoraLinear loraAt(ModuleSlot slot) {
    return slot.lora().orElseGet(() -> newLoraAt(slot));
  }

  private LoraLinear newLoraAt(ModuleSlot slot) {
    AdaptableModule module = slot.module();
    LoraLinear lora =
        new LoraLinear(
            slot.base(),
            module.inFeatures(),
            module.outFeatures(),
            new FusedLowRankUpdate(decoder.ops()));
    slot.adapt(lora);
    return lora;
  }

  private void copy(SavedModule saved, FactorSource source) {
    for (AdaptableModule module : saved.modules()) {
      ModuleSlot slot = decoder.module(module.name());
      WeightBlock copy =
          slot.base()
              .withWeights(
                  (parameter, base) ->
                      source.saved(manager, tensor(module.name(), parameter), base));
      copies.put(slot, copy);
      copy.getDirectParameters()
          .forEach(pair -> trained.put(tensor(module.name(), pair.getKey()), pair.getValue()));
    }
  }

  private static PeftTensor tensor(String module, String parameter) {
    return new PeftTensor(module, parameter.equals("bias") ? TensorRole.BIAS : TensorRole.WEIGHT);
  }

  private void copyBias(AdaptableModule module, FactorSource source) {
    ModuleSlot slot = decoder.module(module.name());
    boolean adapted = plan.adapted().stream().anyMatch(m -> m.module().equals(module));
    PeftTensor tensor =
        new PeftTensor(module.name(), adapted ? TensorRole.BASE_BIAS : TensorRole.BIAS);
    Parameter base = biasOf(slot).base().orElseThrow();
    NDArray value = source.saved(manager, tensor, base.getArray());
    Parameter own =
        Parameter.builder()
            .setName("bias")
            .setType(Parameter.Type.BIAS)
            .optArray(value)
            .optShape(value.getShape())
            .optRequiresGrad(false)
            .build();
    biases.put(slot, own);
    trained.put(tensor, own);
  }

  private static BiasSlot biasOf(ModuleSlot slot) {
    return ((Biased) slot.base()).bias();
  }

  /**
   * The adapter's name.
   *
   * @return the name
   */
  public String name() {
    return name;
  }

  /**
   * What it adapts.
   *
   * @return the plan
   */
  public AdaptationPlan plan() {
    return plan;
  }

  /**
   * The configuration as it is to be stored.
   *
   * @return the configuration
   */
  public LoraConfig config() {
    return plan.config();
  }

  /**
   * The parameters that train.
   *
   * @return by what they are, in the order of the plan
   */
  public Map<PeftTensor, Parameter> trained() {
    return Collections.unmodifiableMap(trained);
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
   * The biases of its own, outside the copies.
   *
   * @return by their place
   */
  public Map<ModuleSlot, Parameter> biases() {
    return Collections.unmodifiableMap(biases);
  }

  /**
   * The places where it has factors.
   *
   * @return the layers by their place
   */
  Map<ModuleSlot, LoraLinear> layers() {
    Map<ModuleSlot, LoraLinear> layers = new LinkedHashMap<>();
    for (AdaptedModule module : plan.adapted()) {
      ModuleSlot slot = decoder.module(module.name());
      slot.lora().ifPresent(lora -> layers.put(slot, lora));
    }
    return layers;
  }

  /** Uses this adapter; no other one may be in use. */
  public void activate() {
    layers().values().forEach(lora -> lora.activate(name));
    copies.forEach(ModuleSlot::standIn);
    biases.forEach((slot, bias) -> biasOf(slot).replace(bias));
    active = true;
  }

  /** Leaves the base alone in use. */
  public void deactivate() {
    if (active) {
      layers().values().forEach(LoraLinear::deactivate);
      copies.keySet().forEach(slot -> slot.standIn(null));
      biases.keySet().forEach(slot -> biasOf(slot).replace(null));
      active = false;
    }
  }

  /**
   * Freezes or unfreezes its parameters.
   *
   * @param trains whether they train
   */
  public void setTrainable(boolean trains) {
    trained.values().forEach(parameter -> parameter.freeze(!trains));
  }

  /** Takes the adapter off the decoder and frees it; another one in use stays so. */
  @Override
  public void close() {
    deactivate();
    layers()
        .forEach(
            (slot, lora) -> {
              lora.remove(name);
              if (lora.adapters().isEmpty()) {
                slot.adapt(null);
              }
            });
    manager.close();
  }
}
