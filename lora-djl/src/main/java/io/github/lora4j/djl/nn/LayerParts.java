package io.github.lora4j.djl.nn;

import java.util.List;

/**
 * The modules of one layer by what they do.
 *
 * @param attentionNorm the norm before attention
 * @param intoAttention what makes queries, keys and values of it, side by side
 * @param outOfAttention what reads attention's result
 * @param feedForwardNorm the norm before the feed-forward part
 * @param intoFeedForward what raises it, side by side
 * @param outOfFeedForward what reads the activation's result
 */
public record LayerParts(
    ModuleSlot attentionNorm,
    List<ModuleSlot> intoAttention,
    ModuleSlot outOfAttention,
    ModuleSlot feedForwardNorm,
    List<ModuleSlot> intoFeedForward,
    ModuleSlot outOfFeedForward) {
  /** Copies the lists. */
  public LayerParts {
    intoAttention = List.copyOf(intoAttention);
    intoFeedForward = List.copyOf(intoFeedForward);
  }
}
