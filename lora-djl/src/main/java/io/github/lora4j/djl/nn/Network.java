// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.nn.Parameter;
import ai.djl.nn.ParameterList;
import ai.djl.util.Pair;
import io.github.lora4j.djl.kernel.TorchOps;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A network of named modules, as adapters and checkpoints see it: what order they run in is its
 * own.
 */
public interface Network {
  /**
   * The operators of this network.
   *
   * @return the catalogue
   */
  TorchOps ops();

  /**
   * Every named module, in the order of the data.
   *
   * @return the places
   */
  Collection<ModuleSlot> modules();

  /**
   * A module by its path.
   *
   * @param name for example {@code model.layers.0.self_attn.q_proj}
   * @return its place
   * @throws IllegalArgumentException if there is none
   */
  ModuleSlot module(String name);

  /**
   * The head that may share the embedding's table.
   *
   * @return both places, or empty if the network has no such head
   */
  Optional<TableSharing> tableSharing();

  /**
   * Whether another module of the base shares a module's own weight, as a tied head does the
   * embedding's table.
   *
   * @param module the module
   * @return true if writing the weight would change both
   */
  default boolean sharesWeight(ModuleSlot module) {
    return tableSharing()
        .filter(both -> module == both.head() || module == both.embedding())
        .filter(TableSharing::ofBase)
        .isPresent();
  }

  /**
   * How the rows of a module that holds queries, keys and values in one are divided.
   *
   * @param module the module
   * @return the division; empty for any other module
   */
  default Optional<QkvRows> qkvRows(ModuleSlot module) {
    return Optional.empty();
  }

  /**
   * The parameters in use, named {@code module.parameter}, those of adapters included; a tied table
   * once.
   *
   * @return the parameters in the order of the data
   */
  default ParameterList parameters() {
    return ModuleParameters.list(
        modules(), ModuleParameters::inUse, tableSharing().filter(TableSharing::inUse));
  }

  /**
   * The base's own parameters, whether or not they are in use; a tied table once.
   *
   * @return the parameters in the order of the data
   */
  default ParameterList baseParameters() {
    return ModuleParameters.list(
        modules(), ModuleParameters::ofBase, tableSharing().filter(TableSharing::ofBase));
  }

  /**
   * The parameters that train, by name.
   *
   * @return the unfrozen ones, in the order of the data
   */
  default Map<String, Parameter> trainableParameters() {
    Map<String, Parameter> trainable = new LinkedHashMap<>();
    for (Pair<String, Parameter> pair : parameters()) {
      if (pair.getValue().requiresGradient()) {
        trainable.put(pair.getKey(), pair.getValue());
      }
    }
    return trainable;
  }

  /**
   * The base's quantised modules, whether or not they are in use.
   *
   * @return each with its place, in the order of the data
   */
  default Map<ModuleSlot, QuantizedLinear> quantized() {
    Map<ModuleSlot, QuantizedLinear> quantized = new LinkedHashMap<>();
    for (ModuleSlot module : modules()) {
      if (module.base() instanceof QuantizedLinear linear) {
        quantized.put(module, linear);
      }
    }
    return quantized;
  }
}
