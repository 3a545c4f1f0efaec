// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import io.github.lora4j.djl.kernel.AttentionScores;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a decoder's layers attend with.
 *
 * @param scores how queries and keys become the weights of values
 * @param windows for each layer how many keys a query sees, itself included; {@link #ALL} where it
 *     sees all before it
 */
public record AttentionSpec(AttentionScores scores, List<Integer> windows) {
  /** The window of a layer whose queries see all keys before them. */
  public static final int ALL = Integer.MAX_VALUE;

  /** Copies the list. */
  public AttentionSpec {
    windows = List.copyOf(windows);
  }

  /**
   * The window of a layer.
   *
   * @param layer its index
   * @return how many keys a query sees, {@link #ALL} if nothing limits them
   */
  public int window(int layer) {
    return windows.get(layer);
  }

  /**
   * The windows that there are.
   *
   * @return each once, in rising order
   */
  public Set<Integer> distinctWindows() {
    return new TreeSet<>(windows);
  }
}
