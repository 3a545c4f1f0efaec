// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import ai.djl.Model;
import io.github.lora4j.AdapterConfig;
import io.github.lora4j.AdapterException;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.LoraModel;
import io.github.lora4j.target.AdaptableModule;
import java.nio.file.Path;
import java.util.List;

/** One kind of model that adapters can be put on, and how. */
interface AdapterDoor {
  /**
   * Whether a model is of this kind.
   *
   * @param model any model
   * @return true if {@link #wrap} and {@link #load} are for it
   */
  boolean accepts(Model model);

  /**
   * Puts a new adapter on a model.
   *
   * @param base a model of this kind
   * @param config what kind of adapter, on which modules, and how
   * @return the model with the adapter active
   * @throws ConfigurationException if the model has adapters already or nothing matches
   */
  LoraModel wrap(Model base, AdapterConfig config);

  /**
   * Puts a saved adapter on a model.
   *
   * @param base a model of this kind
   * @param adapterDirectory the adapter
   * @return the model with the adapter active
   * @throws AdapterException if the adapter is damaged or another model's
   */
  LoraModel load(Model base, Path adapterDirectory);

  /**
   * What of a model a configuration can name.
   *
   * @param base a model of this kind
   * @return the modules that own parameters, in the model's order
   */
  List<AdaptableModule> modules(Model base);
}
