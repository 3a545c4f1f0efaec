// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.target;

import io.github.lora4j.LoraConfig;
import io.github.lora4j.ModuleSelector;
import io.github.lora4j.TokenIndices;
import io.github.lora4j.pattern.PythonPattern;
import java.util.List;
import java.util.Optional;

/**
 * The base weights that PEFT stores with the adapter: those of input embedding and output head,
 * where one of two names is targeted and no rows of tables train (PEFT: {@code
 * save_embedding_layers="auto"}).
 */
final class StoredBases {
  private static final List<String> EMBEDDINGS = List.of("embed_tokens", "lm_head");

  private StoredBases() {}

  static List<AdaptedModule> of(LoraConfig config, ModuleTree tree, List<AdaptedModule> adapted) {
    boolean rowsTrain = !(config.trainableTokenIndices() instanceof TokenIndices.None);
    if (rowsTrain || !isEmbeddingTargeted(config.targetModules(), tree)) {
      return List.of();
    }
    Optional<AdaptableModule> input = tree.inputEmbedding();
    return adapted.stream()
        .filter(m -> m.module().outputHead() || input.filter(m.module()::equals).isPresent())
        .toList();
  }

  /** In a list only the bare name counts: PEFT does not see {@code model.embed_tokens}. */
  private static boolean isEmbeddingTargeted(ModuleSelector targets, ModuleTree tree) {
    if (targets instanceof ModuleSelector.Names names) {
      return EMBEDDINGS.stream().anyMatch(names.names()::contains);
    }
    if (targets instanceof ModuleSelector.Regex regex) {
      PythonPattern pattern = PythonPattern.compile(regex.expression());
      return tree.names().stream()
          .filter(name -> EMBEDDINGS.contains(ModuleTree.lastSegment(name)))
          .anyMatch(pattern::fullMatch);
    }
    return false;
  }
}
