// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.target;

import io.github.lora4j.ConfigurationException;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.TokenIndices;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Finds the modules whose rows {@link LoraConfig#trainableTokenIndices()} means. */
record RowResolver(LoraConfig config, ModuleTree tree) {
  private static final String FIELD = "trainable_token_indices";

  /**
   * Finds them.
   *
   * @param adapted names of the modules that get an adapter, which cannot have rows of their own
   * @param saved names of the modules that train in full, likewise
   * @throws ConfigurationException if there is no such module or row
   */
  List<TrainedRows> rows(Collection<String> adapted, Collection<String> saved) {
    List<TrainedRows> all = new ArrayList<>();
    byModule().forEach((module, rows) -> all.add(checked(module, rows)));
    for (TrainedRows rows : all) {
      String name = rows.module().name();
      if (adapted.contains(name) || saved.contains(name)) {
        throw new ConfigurationException(
            "%s: rows of \"%s\" cannot train while it is among the %s; leave it out there, or unset %s"
                .formatted(
                    FIELD,
                    name,
                    adapted.contains(name) ? "target_modules" : "modules_to_save",
                    FIELD));
      }
    }
    return all;
  }

  private Map<AdaptableModule, List<Integer>> byModule() {
    Map<AdaptableModule, List<Integer>> found = new LinkedHashMap<>();
    TokenIndices indices = config.trainableTokenIndices();
    if (indices instanceof TokenIndices.InputEmbedding input) {
      found.put(inputEmbedding(), input.ids());
    } else if (indices instanceof TokenIndices.ByModule named) {
      named.ids().forEach((end, ids) -> named(end).forEach(module -> found.put(module, ids)));
    }
    return found;
  }

  private AdaptableModule inputEmbedding() {
    return tree.inputEmbedding()
        .orElseThrow(
            () ->
                new ConfigurationException(
                    "%s: the model has no token embedding; name the module whose rows are meant"
                        .formatted(FIELD)));
  }

  /** PEFT matches the end of the name, be it in the middle of a segment. */
  private List<AdaptableModule> named(String end) {
    List<AdaptableModule> modules =
        tree.modules().filter(module -> module.name().endsWith(end)).toList();
    if (modules.isEmpty()) {
      throw new ConfigurationException(
          "%s names \"%s\", but no module of the model ends so; expected the end of a name such as \"%s\""
              .formatted(FIELD, end, tree.inputEmbedding().map(AdaptableModule::name).orElse("")));
    }
    return modules;
  }

  private static TrainedRows checked(AdaptableModule module, List<Integer> rows) {
    if (module.kind() != AdaptableModule.Kind.EMBEDDING
        && module.kind() != AdaptableModule.Kind.LINEAR) {
      throw new ConfigurationException(
          "%s: \"%s\" is a %s; only embeddings and linear modules have rows that train"
              .formatted(FIELD, module.name(), module.kind()));
    }
    long count = module.weightShape().get(0);
    for (int row : rows) {
      if (row >= count) {
        throw new ConfigurationException(
            "%s: \"%s\" has rows 0 to %d, found %d; resize the vocabulary first, or drop the index"
                .formatted(FIELD, module.name(), count - 1, row));
      }
    }
    return new TrainedRows(module, rows);
  }
}
