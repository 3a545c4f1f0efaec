// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.command;

import java.util.Locale;

/** Names of constants as they are typed on a command line. */
final class OptionNames {
  private OptionNames() {}

  /** For example {@code human-assistant} for {@code HUMAN_ASSISTANT}. */
  static String of(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
