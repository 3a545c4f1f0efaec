// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

import io.github.lora4j.pattern.PythonPattern;
import java.util.List;
import java.util.regex.PatternSyntaxException;

/** The rules that configurations of several kinds keep. */
final class ConfigRules {
  private static final String ALL_LINEAR = "all-linear";

  private final String config;

  /**
   * Names whose rules they are.
   *
   * @param config the class of the configuration, with which messages begin
   */
  ConfigRules(Class<? extends AdapterConfig> config) {
    this.config = config.getSimpleName();
  }

  void atLeastOne(String field, int value) {
    require(value >= 1, field + " must be at least 1, was " + value);
  }

  void probability(String field, double value) {
    require(value >= 0 && value < 1, field + " must be at least 0 and below 1, was " + value);
  }

  void positive(String field, double value) {
    require(
        value > 0 && Double.isFinite(value),
        field + " must be a finite number above 0, was " + value);
  }

  void selector(String field, ModuleSelector selector) {
    if (selector instanceof ModuleSelector.Regex regex) {
      regex(field, regex.expression());
    } else if (selector instanceof ModuleSelector.Names names) {
      names(field, names.names());
    }
  }

  private void names(String field, List<String> names) {
    require(!names.isEmpty(), field + " must name at least one module, the list was empty");
    for (String name : names) {
      require(!name.isEmpty(), field + " must hold names of modules, one was empty");
      // In a list PEFT takes the word for a module's name, and finds none.
      require(
          !name.equalsIgnoreCase(ALL_LINEAR),
          field + " must hold names of modules, was \"" + name + "\"; use allLinear()");
    }
  }

  void regex(String field, String expression) {
    try {
      PythonPattern.compile(expression);
    } catch (PatternSyntaxException e) {
      throw new ConfigurationException(
          "%s: %s \"%s\" is no valid regular expression: %s"
              .formatted(config, field, expression, e.getDescription()),
          e);
    }
  }

  void require(boolean rule, String message) {
    if (!rule) {
      throw new ConfigurationException(config + ": " + message);
    }
  }
}
