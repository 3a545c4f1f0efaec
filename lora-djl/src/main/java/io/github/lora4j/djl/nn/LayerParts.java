// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import java.util.List;

/**
 * The modules of one layer by what they do.
 *
 * @param attentionNorm the norm before attention
 * @param intoAttention what makes queries, keys and values of it, side by side
 * @param queryKeyNorms what norms the heads of queries and of keys, or nothing
 * @param outOfAttention what reads attention's result
 * @param afterAttention the norm of what that gives, or nothing
 * @param feedForwardNorm the norm before the feed-forward part
 * @param intoFeedForward what raises it, side by side
 * @param outOfFeedForward what reads the activation's result
 * @param afterFeedForward the norm of what that gives, or nothing
 */
public record LayerParts(
    ModuleSlot attentionNorm,
    List<ModuleSlot> intoAttention,
    List<ModuleSlot> queryKeyNorms,
    ModuleSlot outOfAttention,
    List<ModuleSlot> afterAttention,
    ModuleSlot feedForwardNorm,
    List<ModuleSlot> intoFeedForward,
    ModuleSlot outOfFeedForward,
    List<ModuleSlot> afterFeedForward) {
  /** Copies the lists. */
  public LayerParts {
    intoAttention = List.copyOf(intoAttention);
    queryKeyNorms = List.copyOf(queryKeyNorms);
    afterAttention = List.copyOf(afterAttention);
    intoFeedForward = List.copyOf(intoFeedForward);
    afterFeedForward = List.copyOf(afterFeedForward);
  }
}
