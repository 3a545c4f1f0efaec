// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.target;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** The names of a model: its modules and the blocks around them. */
final class ModuleTree {
  private final Map<String, AdaptableModule> modules = new LinkedHashMap<>();
  private final Set<String> names = new LinkedHashSet<>();

  ModuleTree(List<AdaptableModule> list) {
    for (AdaptableModule module : list) {
      modules.put(module.name(), module);
      String name = module.name();
      for (int dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
        names.add(name.substring(0, dot));
      }
      names.add(name);
    }
  }

  /** All names, a block's before those of its parts. */
  Set<String> names() {
    return names;
  }

  /** The module of that name, empty for a block. */
  Optional<AdaptableModule> module(String name) {
    return Optional.ofNullable(modules.get(name));
  }

  Stream<AdaptableModule> modules() {
    return modules.values().stream();
  }

  /** The modules of a block, or the one module of that name. */
  List<AdaptableModule> below(String name) {
    return modules().filter(module -> isWithin(module.name(), name)).toList();
  }

  List<String> linearNames() {
    return modules()
        .filter(module -> module.isLinear() && !module.outputHead())
        .map(AdaptableModule::name)
        .toList();
  }

  /** The token embedding: models list it before position and type embeddings. */
  Optional<AdaptableModule> inputEmbedding() {
    return modules().filter(m -> m.kind() == AdaptableModule.Kind.EMBEDDING).findFirst();
  }

  static boolean isWithin(String name, String block) {
    return (name + ".").startsWith(block + ".");
  }

  /** Whether the name is that name, or ends in a dot and it. */
  static boolean endsIn(String name, String end) {
    return ("." + name).endsWith("." + end);
  }

  static String lastSegment(String name) {
    return name.substring(name.lastIndexOf('.') + 1);
  }
}
