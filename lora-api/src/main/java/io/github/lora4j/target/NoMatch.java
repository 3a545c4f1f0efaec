// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.target;

import io.github.lora4j.ConfigurationException;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.ModuleSelector;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Says why a config adapts nothing. */
final class NoMatch {
  private static final Pattern LOOKS_LIKE_REGEX = Pattern.compile("[*+?\\[\\](){}|^$\\\\]");

  private final LoraConfig config;
  private final ModuleTree tree;
  private final ModuleMatcher matcher;
  private final String targets;

  NoMatch(LoraConfig config, ModuleTree tree, ModuleMatcher matcher) {
    this.config = config;
    this.tree = tree;
    this.matcher = matcher;
    targets = "target_modules " + Quote.selector(config.targetModules());
  }

  ConfigurationException exception() {
    List<String> targeted = tree.names().stream().filter(matcher::isTargeted).toList();
    List<String> allowed = targeted.stream().filter(name -> !matcher.isExcluded(name)).toList();
    return new ConfigurationException(
        targeted.isEmpty()
            ? nothingTargeted()
            : allowed.isEmpty() ? allExcluded(targeted) : noneInLayers(allowed));
  }

  private String allExcluded(List<String> targeted) {
    return "%s match %d modules, and exclude_modules or modules_to_save take all of them: %s"
        .formatted(targets, targeted.size(), Quote.names(targeted));
  }

  private String noneInLayers(List<String> allowed) {
    LayerFilter filter = new LayerFilter(config);
    List<Integer> layers =
        allowed.stream()
            .map(filter::layerOf)
            .flatMap(Optional::stream)
            .distinct()
            .sorted()
            .toList();
    return "%s match %d modules, none in layers_to_transform %s%s; the layers of these modules are %s"
        .formatted(targets, allowed.size(), config.layersToTransform(), pattern(), layers);
  }

  private String pattern() {
    return config.layersPattern().isEmpty()
        ? ""
        : " by layers_pattern [" + Quote.names(config.layersPattern()) + "]";
  }

  private String nothingTargeted() {
    List<String> linear = tree.linearNames();
    String none = "%s match none of the %d linear modules".formatted(targets, linear.size());
    if (config.targetModules() instanceof ModuleSelector.Names names) {
      return none + "; closest: " + Quote.names(closest(names.names())) + hint(names.names());
    }
    return linear.stream()
        .findFirst()
        .map(name -> none + "; an expression must match a whole name, such as \"" + name + "\"")
        .orElse(none);
  }

  private List<String> closest(List<String> names) {
    return ClosestNames.find(names, tree.modules().filter(AdaptableModule::takesAdapter).toList());
  }

  private static String hint(List<String> names) {
    return names.stream().anyMatch(name -> LOOKS_LIKE_REGEX.matcher(name).find())
        ? "; for a regular expression use targetRegex"
        : "";
  }
}
