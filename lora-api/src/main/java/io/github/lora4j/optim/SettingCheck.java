// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.optim;

import io.github.lora4j.ConfigurationException;

/** Checks of single numbers; the message begins with where the number was given. */
final class SettingCheck {
  private SettingCheck() {}

  static void notNegative(String where, double value) {
    if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
      throw new ConfigurationException(where + " must be at least 0 and finite, was " + value);
    }
  }

  static void positive(String where, double value) {
    if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
      throw new ConfigurationException(where + " must be above 0 and finite, was " + value);
    }
  }

  static void fraction(String where, double value) {
    if (!(value >= 0 && value < 1)) {
      throw new ConfigurationException(where + " must be at least 0 and below 1, was " + value);
    }
  }
}
