// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.target;

import io.github.lora4j.ModuleSelector;
import java.util.List;
import java.util.stream.Collectors;

/** Names in messages. */
final class Quote {
  private static final int SHOWN = 8;

  private Quote() {}

  /** {@code "a", "b"}, and how many more where there are many. */
  static String names(List<String> names) {
    String shown =
        names.stream()
            .limit(SHOWN)
            .map(name -> "\"" + name + "\"")
            .collect(Collectors.joining(", "));
    return names.size() > SHOWN ? shown + " and " + (names.size() - SHOWN) + " more" : shown;
  }

  /** A selector as adapter_config.json spells it. */
  static String selector(ModuleSelector selector) {
    if (selector instanceof ModuleSelector.Names names) {
      return "[" + names(names.names()) + "]";
    }
    return selector instanceof ModuleSelector.Regex regex
        ? "\"" + regex.expression() + "\""
        : "\"all-linear\"";
  }
}
