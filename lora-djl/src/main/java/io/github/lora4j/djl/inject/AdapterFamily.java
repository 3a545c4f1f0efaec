// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import ai.djl.ndarray.NDManager;
import io.github.lora4j.AdapterConfig;
import io.github.lora4j.AdapterException;
import io.github.lora4j.ConfigurationException;

/**
 * A kind of adapters, bound to one model.
 *
 * @param <C> how such an adapter is configured
 */
public interface AdapterFamily<C extends AdapterConfig> {
  /**
   * The configurations it knows.
   *
   * @return their class
   */
  Class<C> configType();

  /**
   * Puts a new adapter on the model.
   *
   * @param name its name
   * @param config what it is to be
   * @param parent a sub-manager of it owns the arrays
   * @return the adapter, inactive
   * @throws ConfigurationException if the configuration does not fit the model
   */
  InstalledAdapter create(String name, C config, NDManager parent);

  /**
   * Puts a saved adapter on the model.
   *
   * @param name its name
   * @param config the configuration in the file
   * @param file its values
   * @param strict whether missing and extra tensors are refused
   * @param parent a sub-manager of it owns the arrays
   * @return the adapter, inactive
   * @throws ConfigurationException if the configuration does not fit the model
   * @throws AdapterException if the file is damaged or does not fit
   */
  InstalledAdapter load(String name, C config, AdapterFile file, boolean strict, NDManager parent);
}
