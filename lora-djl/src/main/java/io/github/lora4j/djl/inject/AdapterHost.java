// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.djl.format.TensorEntry;
import io.github.lora4j.peft.PeftTensor;
import io.github.lora4j.target.AdaptableModule;
import io.github.lora4j.target.AdaptationPlan;
import java.util.List;
import java.util.Optional;

/** A model as adapters see it: what can be adapted, and how an adapter is put on. */
public interface AdapterHost {
  /**
   * The model's name, for messages.
   *
   * @return the name
   */
  String name();

  /**
   * The modules that own parameters.
   *
   * @return in the order of the data
   */
  List<AdaptableModule> modules();

  /**
   * What is targeted where a configuration says nothing.
   *
   * @return names of modules; none if the model has no default
   */
  List<String> defaultTargets();

  /**
   * Refuses what this model cannot do.
   *
   * @param plan what a configuration means here
   * @throws ConfigurationException saying what instead
   */
  void check(AdaptationPlan plan);

  /**
   * A plan as this model carries it out.
   *
   * @param plan what a configuration means, as far as names go
   * @return the plan itself, if a model says nothing else
   */
  default AdaptationPlan settled(AdaptationPlan plan) {
    return plan;
  }

  /**
   * Whether a module holds queries, keys and values in one, and which rows are whose is known.
   *
   * @param module the module's full name
   * @return false, if a model says nothing else
   */
  default boolean fusesQkv(String module) {
    return false;
  }

  /**
   * The kinds of adapters it takes.
   *
   * @return low-rank ones alone, if a model says nothing else
   */
  default AdapterFamilies families() {
    return new AdapterFamilies(name(), List.of(new LoraFamily(this)));
  }

  /**
   * Puts a new low-rank adapter on the model.
   *
   * @param name its name
   * @param plan what it adapts
   * @param parent a sub-manager of it owns the arrays
   * @return the adapter, inactive
   */
  InstalledAdapter create(String name, AdaptationPlan plan, NDManager parent);

  /**
   * Puts a low-rank adapter with given values on the model.
   *
   * @param name its name
   * @param plan what it adapts
   * @param parent a sub-manager of it owns the arrays
   * @param values where its values come from
   * @return the adapter, inactive
   */
  InstalledAdapter load(String name, AdaptationPlan plan, NDManager parent, FactorSource values);

  /**
   * Checks that adapters can be in use at the same time.
   *
   * @param adapters adapters this host made
   * @throws ConfigurationException if they cannot; more than one, if a model says nothing else
   */
  default void requireTogether(List<InstalledAdapter> adapters) {
    if (adapters.size() > 1) {
      throw new ConfigurationException(
          "\"%s\" uses one adapter at a time, found %s; choose one"
              .formatted(name(), adapters.stream().map(InstalledAdapter::name).toList()));
    }
  }

  /**
   * Merges the adapters in use.
   *
   * @param adapters adapters this host made, at least one
   * @param parent a sub-manager of it owns the merged weights
   * @return the merge, in force
   * @throws io.github.lora4j.AdapterException if a merged weight would not be finite; nothing is
   *     merged then
   */
  Merge merge(List<InstalledAdapter> adapters, NDManager parent);

  /**
   * A module's own weight as the checkpoint had it.
   *
   * @param module its full name
   * @return the weight, not to be closed; empty if it is quantised
   */
  Optional<NDArray> unquantizedWeight(String module);

  /**
   * A value of the base that is stored with an adapter.
   *
   * @param name the name in the file
   * @param tensor {@code BASE_WEIGHT} or {@code BASE_BIAS} of a module
   * @return the entry
   */
  TensorEntry baseEntry(String name, PeftTensor tensor);
}
