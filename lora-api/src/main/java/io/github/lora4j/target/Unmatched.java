// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.target;

import io.github.lora4j.LoraConfig;
import io.github.lora4j.ModuleSelector;
import io.github.lora4j.pattern.PythonPattern;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** What a config asks for and the model does not have, though it has other things asked for. */
final class Unmatched {
  private final LoraConfig config;
  private final ModuleTree tree;
  private final List<AdaptedModule> adapted;

  Unmatched(LoraConfig config, ModuleTree tree, List<AdaptedModule> adapted) {
    this.config = config;
    this.tree = tree;
    this.adapted = adapted;
  }

  List<String> targets() {
    return names(config.targetModules());
  }

  List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    warn(warnings, "target_modules", targets());
    warn(warnings, "exclude_modules", names(config.excludeModules()));
    warn(warnings, "modules_to_save", modulesToSave());
    warn(warnings, "rank_pattern", patterns(config.rankPattern().keySet()));
    warn(warnings, "alpha_pattern", patterns(config.alphaPattern().keySet()));
    return warnings;
  }

  private static void warn(List<String> warnings, String field, List<String> unmatched) {
    if (!unmatched.isEmpty()) {
      warnings.add(
          "%s: no module of the model matches %s".formatted(field, Quote.names(unmatched)));
    }
  }

  private List<String> names(ModuleSelector selector) {
    if (selector instanceof ModuleSelector.Names names) {
      return names.names().stream().filter(this::isNowhere).toList();
    }
    return List.of();
  }

  private boolean isNowhere(String end) {
    return tree.names().stream().noneMatch(name -> ModuleTree.endsIn(name, end));
  }

  /** Of the heads that a task may have, a model has one: the others are not missed. */
  private List<String> modulesToSave() {
    List<String> heads = config.taskType().map(ConcreteConfig::heads).orElse(List.of());
    return config.modulesToSave().stream()
        .filter(end -> !heads.contains(end))
        .filter(end -> tree.names().stream().noneMatch(name -> name.endsWith(end)))
        .toList();
  }

  private List<String> patterns(Collection<String> keys) {
    return keys.stream().filter(key -> !matchesAdapted(PythonPattern.nameEnd(key))).toList();
  }

  private boolean matchesAdapted(PythonPattern pattern) {
    return adapted.stream().anyMatch(module -> pattern.match(module.name()));
  }
}
