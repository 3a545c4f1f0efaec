// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.target;

import io.github.lora4j.LoraConfig;
import io.github.lora4j.pattern.PythonPattern;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Which layers are meant (PEFT: {@code layers_to_transform}, {@code layers_pattern}). */
final class LayerFilter {
  // Lazily, so that the first number counts: later ones number experts within a layer.
  private static final PythonPattern ANY_LIST =
      PythonPattern.compile(".*?\\.[^.]*\\.(?P<idx>\\d+)\\.");

  private final Set<Integer> layers;
  private final List<PythonPattern> lists;

  LayerFilter(LoraConfig config) {
    layers = new HashSet<>(config.layersToTransform());
    lists =
        config.layersPattern().isEmpty()
            ? List.of(ANY_LIST)
            : config.layersPattern().stream().map(LayerFilter::namedList).toList();
  }

  private static PythonPattern namedList(String name) {
    return PythonPattern.compile("(?:^|.*?\\.)" + name + "\\.(?P<idx>\\d+)\\.");
  }

  boolean admits(String module) {
    return layers.isEmpty() || layerOf(module).filter(layers::contains).isPresent();
  }

  Optional<Integer> layerOf(String module) {
    return lists.stream()
        .filter(list -> list.match(module))
        .findFirst()
        .flatMap(list -> list.matchLastGroup(module))
        .flatMap(LayerFilter::index);
  }

  private static Optional<Integer> index(String digits) {
    // Ten digits or more are no layer, and no int.
    return digits.length() < 10 ? Optional.of(Integer.parseInt(digits)) : Optional.empty();
  }
}
