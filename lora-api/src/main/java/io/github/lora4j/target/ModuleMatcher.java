// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.target;

import io.github.lora4j.LoraConfig;
import io.github.lora4j.ModuleSelector;
import io.github.lora4j.pattern.PythonPattern;
import java.util.HashSet;
import java.util.List;
import java.util.function.Predicate;

/** Whether a module is targeted (PEFT: {@code check_target_module_exists}). */
final class ModuleMatcher {
  private final Predicate<String> excluded;
  private final Predicate<String> targeted;
  private final Predicate<String> exactlyTargeted;
  private final LayerFilter layers;

  /**
   * Prepares the match.
   *
   * @param config a config whose targets are names or an expression
   */
  ModuleMatcher(LoraConfig config) {
    excluded = SelectedNames.of(config.excludeModules()).or(saved(config.modulesToSave()));
    targeted = SelectedNames.of(config.targetModules());
    exactlyTargeted =
        config.targetModules() instanceof ModuleSelector.Names names
            ? new HashSet<>(names.names())::contains
            : targeted;
    layers = new LayerFilter(config);
  }

  boolean matches(String name) {
    return !isExcluded(name) && isTargeted(name) && isInLayers(name);
  }

  boolean isTargeted(String name) {
    return targeted.test(name);
  }

  boolean isExcluded(String name) {
    return excluded.test(name);
  }

  /** A module that is targeted by its full name is not asked for its layer. */
  boolean isInLayers(String name) {
    return exactlyTargeted.test(name) || layers.admits(name);
  }

  /** What trains in full takes no adapter, nor does anything in it. */
  private static Predicate<String> saved(List<String> modulesToSave) {
    List<PythonPattern> patterns =
        modulesToSave.stream()
            .map(name -> PythonPattern.compile("(^|.*\\.)" + name + "($|\\..*)"))
            .toList();
    return name -> patterns.stream().anyMatch(pattern -> pattern.match(name));
  }
}
