// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.plan;

import io.github.lora4j.djl.nn.ModuleSlot;
import io.github.lora4j.target.AdaptableModule;
import io.github.lora4j.target.AdaptationPlan;
import io.github.lora4j.target.AdaptedModule;
import io.github.lora4j.target.SavedModule;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What an adapter trains, by module. */
final class TrainedModules {
  private final AdaptationPlan plan;
  private final Map<String, Integer> ranks = new HashMap<>();
  private final Set<String> copies = new HashSet<>();
  private final Set<String> rows = new HashSet<>();
  private final Set<String> biases = new HashSet<>();

  TrainedModules(AdaptationPlan plan) {
    this.plan = plan;
    plan.adapted().forEach(module -> ranks.put(module.name(), module.rank()));
    for (SavedModule saved : plan.saved()) {
      saved.modules().forEach(module -> copies.add(module.name()));
    }
    plan.trainedRows().forEach(trained -> rows.add(trained.module().name()));
    plan.trainedBiases().forEach(module -> biases.add(module.name()));
  }

  /** Rank of the module's factors; 0 if it has none. */
  int rank(ModuleSlot slot) {
    return ranks.getOrDefault(slot.name(), 0);
  }

  /** Whether a copy of the module stands in its place and trains. */
  boolean isCopied(ModuleSlot slot) {
    return copies.contains(slot.name());
  }

  /** Whether the backward pass reads the module's input. */
  boolean needsInput(ModuleSlot slot) {
    return rank(slot) > 0 || isCopied(slot) || rows.contains(slot.name());
  }

  boolean trains(ModuleSlot slot) {
    return needsInput(slot) || biases.contains(slot.name());
  }

  boolean anyTrains(Collection<ModuleSlot> slots) {
    return slots.stream().anyMatch(this::trains);
  }

  boolean hasDropout() {
    return plan.config().dropout() > 0;
  }

  /** Numbers of each tensor that trains. */
  List<Long> sizes() {
    List<Long> sizes = new ArrayList<>();
    for (AdaptedModule module : plan.adapted()) {
      sizes.add((long) module.rank() * module.module().inFeatures());
      sizes.add((long) module.rank() * module.module().outFeatures());
    }
    plan.saved().stream().flatMap(s -> s.modules().stream()).forEach(m -> addAll(sizes, m));
    plan.trainedRows().forEach(trained -> sizes.add(trained.parameterCount()));
    plan.trainedBiases().forEach(module -> sizes.add((long) module.outFeatures()));
    return sizes;
  }

  private static void addAll(List<Long> sizes, AdaptableModule module) {
    long bias = module.bias() ? module.outFeatures() : 0;
    sizes.add(module.parameterCount() - bias);
    if (bias > 0) {
      sizes.add(bias);
    }
  }
}
