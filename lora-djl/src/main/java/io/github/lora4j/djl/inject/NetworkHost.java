// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.Initialization;
import io.github.lora4j.djl.format.StoredType;
import io.github.lora4j.djl.format.TensorEntry;
import io.github.lora4j.djl.nn.ModuleSlot;
import io.github.lora4j.djl.nn.Network;
import io.github.lora4j.djl.nn.QuantizedLinear;
import io.github.lora4j.djl.nn.WeightBlock;
import io.github.lora4j.peft.PeftTensor;
import io.github.lora4j.peft.TensorRole;
import io.github.lora4j.target.AdaptableModule;
import io.github.lora4j.target.AdaptationPlan;
import io.github.lora4j.target.AdaptedModule;
import io.github.lora4j.target.SavedModule;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A network of ours as adapters see it.
 *
 * @param name the model's name
 * @param network the network
 * @param defaultTargets those of its architecture
 * @param otherKinds the kinds of adapters it takes beside low-rank ones
 * @param originals what its weights were before they were quantised
 */
public record NetworkHost(
    String name,
    Network network,
    List<String> defaultTargets,
    List<AdapterFamily<?>> otherKinds,
    OriginalWeights originals)
    implements AdapterHost {
  /** Copies the lists. */
  public NetworkHost {
    defaultTargets = List.copyOf(defaultTargets);
    otherKinds = List.copyOf(otherKinds);
  }

  /**
   * A network that takes low-rank adapters alone.
   *
   * @param name the model's name
   * @param network the network
   * @param defaultTargets those of its architecture
   * @param originals what its weights were before they were quantised
   */
  public NetworkHost(
      String name, Network network, List<String> defaultTargets, OriginalWeights originals) {
    this(name, network, defaultTargets, List.of(), originals);
  }

  @Override
  public AdapterFamilies families() {
    List<AdapterFamily<?>> families = new ArrayList<>(otherKinds);
    families.addAll(0, List.of(new LoraFamily(this), new AdaLoraFamily(this)));
    return new AdapterFamilies(name, families);
  }

  @Override
  public List<AdaptableModule> modules() {
    return network.modules().stream().map(ModuleSlot::module).toList();
  }

  @Override
  public void check(AdaptationPlan plan) {
    requireAdaptable(plan);
    plan.saved().forEach(this::requireUnquantized);
    new RowRules(network).check(plan);
  }

  @Override
  public AdaptationPlan settled(AdaptationPlan plan) {
    return new RowRules(network).settled(plan);
  }

  /**
   * Refuses variants that work on linear modules only where an embedding is targeted.
   *
   * @param plan what is to be adapted, and how
   * @throws ConfigurationException if an embedding cannot be
   */
  public static void requireAdaptable(AdaptationPlan plan) {
    Initialization initialization = plan.config().initialization();
    if (plan.config().useDora()) {
      requireLinear(plan, "use_dora");
    } else if (plan.config().loraBias()) {
      requireLinear(plan, "lora_bias");
    } else if (!initialization.drawsApart()) {
      requireLinear(plan, "the initialization " + initialization.rule());
    }
  }

  /** Refuses embeddings. */
  static void requireLinear(AdaptationPlan plan, String what) {
    for (AdaptedModule module : plan.adapted()) {
      if (module.isEmbedding()) {
        throw new ConfigurationException(
            "%s works on linear modules, but target_modules match \"%s\", an embedding; leave it out, or give it an adapter of its own"
                .formatted(what, module.name()));
      }
    }
  }

  private void requireUnquantized(SavedModule saved) {
    for (AdaptableModule module : saved.modules()) {
      if (network.module(module.name()).base() instanceof QuantizedLinear quantized) {
        throw new ConfigurationException(
            "modules_to_save: \"%s\" is quantised (%s) and cannot train in full; load the model with LoadOptions.builder().keepUnquantized(…), or adapt it"
                .formatted(module.name(), quantized.tensor().label()));
      }
    }
  }

  @Override
  public boolean fusesQkv(String module) {
    return network.qkvRows(network.module(module)).isPresent();
  }

  @Override
  public InstalledAdapter create(String adapter, AdaptationPlan plan, NDManager parent) {
    return NetworkAdapter.load(network, adapter, plan, parent, newValues(plan));
  }

  private FactorSource newValues(AdaptationPlan plan) {
    Initialization start = plan.config().initialization();
    return start.rule() == Initialization.Rule.LOFTQ
        ? new LoftqFactors(start, network, originals)
        : new NewFactors(start);
  }

  @Override
  public InstalledAdapter load(
      String adapter, AdaptationPlan plan, NDManager parent, FactorSource values) {
    return NetworkAdapter.load(network, adapter, plan, parent, values);
  }

  @Override
  public void requireTogether(List<InstalledAdapter> adapters) {
    if (adapters.size() > 1) {
      NetworkAdapters.of(adapters).requireApart();
    }
  }

  @Override
  public Merge merge(List<InstalledAdapter> adapters, NDManager parent) {
    return NetworkMerge.of(network, NetworkAdapters.of(adapters), parent);
  }

  @Override
  public Optional<NDArray> unquantizedWeight(String module) {
    WeightBlock base = network.module(module).base();
    return base instanceof QuantizedLinear
        ? Optional.empty()
        : Optional.of(base.getDirectParameters().get("weight").getArray());
  }

  @Override
  public TensorEntry baseEntry(String entry, PeftTensor tensor) {
    WeightBlock base = network.module(tensor.module()).base();
    boolean bias = tensor.role() == TensorRole.BASE_BIAS;
    if (base instanceof QuantizedLinear quantized && !bias) {
      return TensorEntry.computed(
          entry, quantized.tensor().shape(), StoredType.F32, quantized::dequantized);
    }
    Parameter own = base.getDirectParameters().get(bias ? "bias" : "weight");
    return TensorEntry.of(entry, Objects.requireNonNull(own).getArray());
  }
}
