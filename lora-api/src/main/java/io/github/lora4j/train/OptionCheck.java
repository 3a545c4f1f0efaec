// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.train;

import io.github.lora4j.ConfigurationException;

/** Checks of the fine-tuner's options, all in the same words. */
final class OptionCheck {
  private OptionCheck() {}

  static void require(boolean holds, String option, String expected, Object found) {
    if (!holds) {
      throw new ConfigurationException(
          "FineTuner: %s must be %s, was %s".formatted(option, expected, found));
    }
  }
}
