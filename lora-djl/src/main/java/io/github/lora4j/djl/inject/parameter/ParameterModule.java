// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject.parameter;

import ai.djl.nn.Parameter;
import io.github.lora4j.target.AdaptableModule;
import java.util.Optional;

/**
 * A module of a foreign block: what adapters need to know of it, and its parameters.
 *
 * @param module its name, kind and sizes
 * @param weight its weight
 * @param bias its bias, if it has one
 */
public record ParameterModule(AdaptableModule module, Parameter weight, Optional<Parameter> bias) {
  /**
   * The name.
   *
   * @return the full name
   */
  public String name() {
    return module.name();
  }
}
