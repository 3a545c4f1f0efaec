// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import ai.djl.ndarray.NDManager;
import io.github.lora4j.AdapterConfig;
import io.github.lora4j.AdapterException;
import io.github.lora4j.ConfigurationException;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The kinds of adapters that one model takes; the class of a configuration decides between them.
 *
 * @param model the model's name, for messages
 * @param families the kinds
 */
public record AdapterFamilies(String model, List<AdapterFamily<?>> families) {
  /** Copies the list. */
  public AdapterFamilies {
    families = List.copyOf(families);
  }

  /**
   * Puts a new adapter on the model.
   *
   * @param name its name
   * @param config what it is to be
   * @param parent a sub-manager of it owns the arrays
   * @return the adapter, inactive
   * @throws ConfigurationException if the model takes no such adapter
   */
  public InstalledAdapter create(String name, AdapterConfig config, NDManager parent) {
    return create(familyOf(config), name, config, parent);
  }

  private static <C extends AdapterConfig> InstalledAdapter create(
      AdapterFamily<C> family, String name, AdapterConfig config, NDManager parent) {
    return family.create(name, family.configType().cast(config), parent);
  }

  /**
   * Puts a saved adapter on the model.
   *
   * @param name its name
   * @param file its configuration and values
   * @param strict whether missing and extra tensors are refused
   * @param parent a sub-manager of it owns the arrays
   * @return the adapter, inactive
   * @throws ConfigurationException if the model takes no such adapter
   * @throws AdapterException if the file is damaged or does not fit
   */
  public InstalledAdapter load(String name, AdapterFile file, boolean strict, NDManager parent) {
    return load(familyOf(file.config()), name, file, strict, parent);
  }

  private static <C extends AdapterConfig> InstalledAdapter load(
      AdapterFamily<C> family, String name, AdapterFile file, boolean strict, NDManager parent) {
    return family.load(name, family.configType().cast(file.config()), file, strict, parent);
  }

  private AdapterFamily<?> familyOf(AdapterConfig config) {
    return families.stream()
        .filter(family -> family.configType().isInstance(config))
        .findFirst()
        .orElseThrow(
            () ->
                new ConfigurationException(
                    "peft_type: the model \"%s\" takes no adapter of the kind %s; it takes those that %s describe"
                        .formatted(model, config.peftType(), known())));
  }

  private String known() {
    return families.stream()
        .map(family -> family.configType().getSimpleName())
        .collect(Collectors.joining(", "));
  }
}
