// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.nn.Block;
import io.github.lora4j.LoraLinear;

/**
 * A head whose weight may be the embedding's table (transformers: {@code tie_word_embeddings}). A
 * head that was merged for good no longer shares it.
 *
 * @param embedding the token embedding
 * @param head the head onto the vocabulary
 */
public record TableSharing(ModuleSlot embedding, ModuleSlot head) {
  /**
   * Whether the base's own head and embedding share one table.
   *
   * @return true if so
   */
  public boolean ofBase() {
    return sameTable(head.base(), embedding.base());
  }

  /**
   * Whether what is in use at both places shares one table.
   *
   * @return true if so
   */
  boolean inUse() {
    return sameTable(head.block(), embedding.block());
  }

  /**
   * The name of the head's weight.
   *
   * @return its full name
   */
  public String headWeight() {
    return head.name() + ".weight";
  }

  private static boolean sameTable(Block head, Block embedding) {
    Block linear = unadapted(head);
    return !(linear instanceof QuantizedLinear)
        && linear.getDirectParameters().get("weight").getArray()
            == unadapted(embedding).getDirectParameters().get("weight").getArray();
  }

  /** What an adapter's layer stands before. */
  private static Block unadapted(Block block) {
    if (block instanceof WrappedBlock wrapped) {
      return wrapped.base();
    }
    return block instanceof LoraLinear lora ? lora.base() : block;
  }
}
