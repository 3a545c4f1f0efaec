// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.nn.Parameter;
import io.github.lora4j.AdapterRows;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What adapters have in one place in the stead of the base's, by adapter, in use or not: a batch
 * may ask for it on some rows.
 */
final class OwnParts {
  private final Map<String, WeightBlock> blocks = new LinkedHashMap<>();
  private final Map<String, Parameter> biases = new LinkedHashMap<>();

  void put(String adapter, WeightBlock block) {
    blocks.put(adapter, block);
  }

  void put(String adapter, Parameter bias) {
    biases.put(adapter, bias);
  }

  void remove(String adapter) {
    blocks.remove(adapter);
    biases.remove(adapter);
  }

  void rename(String from, String to) {
    rename(blocks, from, to);
    rename(biases, from, to);
  }

  private static <P> void rename(Map<String, P> parts, String from, String to) {
    P part = parts.remove(from);
    if (part != null) {
      parts.put(to, part);
    }
  }

  /** Whether some rows ask for a part that is here. */
  boolean areIn(AdapterRows rows) {
    return rows.ranges().stream()
        .flatMap(List::stream)
        .flatMap(range -> range.adapters().stream())
        .anyMatch(adapter -> blocks.containsKey(adapter) || biases.containsKey(adapter));
  }

  /** The block of the first of some adapters that has one. */
  Optional<WeightBlock> block(List<String> adapters) {
    return first(blocks, adapters);
  }

  /** The bias of the first of some adapters that has one. */
  Optional<Parameter> bias(List<String> adapters) {
    return first(biases, adapters);
  }

  private static <P> Optional<P> first(Map<String, P> parts, List<String> adapters) {
    return adapters.stream()
        .flatMap(name -> Optional.ofNullable(parts.get(name)).stream())
        .findFirst();
  }

  /** Whether anything here trains. */
  boolean trains() {
    return Stream.concat(
            blocks.values().stream()
                .flatMap(block -> block.getDirectParameters().values().stream()),
            biases.values().stream())
        .anyMatch(Parameter::requiresGradient);
  }
}
