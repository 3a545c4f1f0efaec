// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which rows of a token table train beside the low-rank factors, and are stored with the adapter
 * (PEFT: the values that {@code trainable_token_indices} may take).
 *
 * <p>The rows replace those of the base. A head that shares the embedding's table follows it.
 */
public sealed interface TokenIndices {
  /** No row trains. */
  record None() implements TokenIndices {}

  /**
   * Rows of the model's input embedding.
   *
   * @param ids token ids, each once
   */
  record InputEmbedding(List<Integer> ids) implements TokenIndices {
    /** Copies the list. */
    public InputEmbedding {
      ids = List.copyOf(ids);
    }
  }

  /**
   * Rows of modules by name.
   *
   * @param ids token ids, each once, by the end of a module's name, such as {@code embed_tokens} or
   *     {@code lm_head}
   */
  record ByModule(Map<String, List<Integer>> ids) implements TokenIndices {
    /** Copies the map, its order included. */
    public ByModule {
      Map<String, List<Integer>> copy = new LinkedHashMap<>();
      ids.forEach((module, rows) -> copy.put(module, List.copyOf(rows)));
      ids = Collections.unmodifiableMap(copy);
    }
  }
}
