// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.ParameterList;
import ai.djl.util.Pair;
import io.github.lora4j.LoraLinear;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** The parameters of a module under the names that checkpoints and adapters use. */
final class ModuleParameters {
  private ModuleParameters() {}

  /**
   * The parameters in use at a place, an adapter's own bias in the base's stead.
   *
   * @return {@code module.weight}, {@code module.bias}, {@code module.lora_A.ADAPTER.weight},
   *     {@code module.ia3_l.ADAPTER} …
   */
  static Map<String, Parameter> inUse(ModuleSlot module) {
    Map<String, Parameter> parameters = new LinkedHashMap<>();
    collect(module.name(), module.block(), parameters);
    return parameters;
  }

  /**
   * The base's own parameters at a place, whether or not they are in use.
   *
   * @return {@code module.weight}, {@code module.bias}
   */
  static Map<String, Parameter> ofBase(ModuleSlot module) {
    Map<String, Parameter> parameters = new LinkedHashMap<>();
    for (Pair<String, Parameter> own : module.base().getDirectParameters()) {
      parameters.put(module.name() + "." + own.getKey(), own.getValue());
    }
    return parameters;
  }

  /**
   * The parameters of several modules.
   *
   * @param parametersOf those of one
   * @param shared a head and an embedding whose table is listed once, as the embedding's
   */
  static ParameterList list(
      Collection<ModuleSlot> modules,
      Function<ModuleSlot, Map<String, Parameter>> parametersOf,
      Optional<TableSharing> shared) {
    Optional<String> leftOut = shared.map(TableSharing::headWeight);
    ParameterList list = new ParameterList();
    for (ModuleSlot module : modules) {
      parametersOf
          .apply(module)
          .forEach(
              (name, parameter) -> {
                if (!leftOut.equals(Optional.of(name))) {
                  list.add(name, parameter);
                }
              });
    }
    return list;
  }

  private static void collect(String path, Block block, Map<String, Parameter> into) {
    if (block instanceof LoraLinear lora) {
      collect(path, lora.base(), into);
      for (Pair<String, Parameter> factor : lora.getDirectParameters()) {
        into.put(path + "." + factor.getKey(), factor.getValue());
      }
      return;
    }
    if (block instanceof WrappedBlock wrapped) {
      collect(path, wrapped.base(), into);
      wrapped.learned().forEach((name, learned) -> into.put(path + "." + name, learned));
      return;
    }
    for (Pair<String, Parameter> own : block.getDirectParameters()) {
      into.put(path + "." + own.getKey(), own.getValue());
    }
    if (block instanceof Biased biased) {
      biased.bias().inUse().ifPresent(bias -> into.put(path + ".bias", bias));
    }
  }
}
