// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.target;

import io.github.lora4j.ModuleSelector;
import io.github.lora4j.pattern.PythonPattern;
import java.util.function.Predicate;

/** Whether a module is among those that names or an expression select. */
public final class SelectedNames {
  private SelectedNames() {}

  /**
   * What a selector says of a name.
   *
   * @param selector names or an expression; any other selects nothing
   * @return true for the names of selected modules
   */
  public static Predicate<String> of(ModuleSelector selector) {
    if (selector instanceof ModuleSelector.Regex regex) {
      return PythonPattern.compile(regex.expression())::fullMatch;
    }
    if (selector instanceof ModuleSelector.Names names) {
      return name -> names.names().stream().anyMatch(end -> ModuleTree.endsIn(name, end));
    }
    return name -> false;
  }
}
