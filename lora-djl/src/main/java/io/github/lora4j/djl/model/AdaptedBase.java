// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import ai.djl.nn.Parameter;
import io.github.lora4j.ConfigurationException;
import java.util.ArrayList;
import java.util.List;

/** A model while adapters stand on it: frozen, and lent to one {@code LoraModel} alone. */
final class AdaptedBase {
  private final LoadedModel model;
  private final List<Parameter> thawed = new ArrayList<>();

  private AdaptedBase(LoadedModel model) {
    this.model = model;
  }

  /**
   * Freezes a model and marks it.
   *
   * @throws ConfigurationException if it has adapters already
   * @throws IllegalStateException if it is closed
   */
  static AdaptedBase take(LoadedModel model) {
    model.requireOpen();
    if (model.isAdapted()) {
      throw new ConfigurationException(
          "\"%s\" has adapters already, or is being served; close that LoraModel or LoraServer, or add to it with addAdapter"
              .formatted(model.getName()));
    }
    AdaptedBase base = new AdaptedBase(model);
    model.network().baseParameters().values().stream()
        .filter(Parameter::requiresGradient)
        .forEach(base.thawed::add);
    model.setAdapted(true);
    model.freezeAll(true);
    return base;
  }

  /** Leaves frozen what trained before, for merged weights came in its stead. */
  void stayFrozen() {
    thawed.clear();
  }

  /** Gives the model back as it was taken. */
  void release() {
    if (model.isOpen()) {
      thawed.forEach(parameter -> parameter.freeze(false));
    }
    model.setAdapted(false);
  }
}
