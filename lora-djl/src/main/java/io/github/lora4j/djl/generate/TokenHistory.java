// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.generate;

import java.util.BitSet;
import java.util.function.IntConsumer;

/** What logits processors know of a sequence: which tokens it holds and how many are new. */
public final class TokenHistory {
  private final BitSet seen = new BitSet();
  private int newTokens;

  /**
   * Creates the history of a sequence that is its prompt.
   *
   * @param prompt the prompt's token ids
   */
  public TokenHistory(int[] prompt) {
    for (int id : prompt) {
      seen.set(id);
    }
  }

  /**
   * Adds a generated token.
   *
   * @param tokenId the token
   */
  public void add(int tokenId) {
    seen.set(tokenId);
    newTokens++;
  }

  /**
   * The number of generated tokens.
   *
   * @return the count, without the prompt
   */
  public int newTokens() {
    return newTokens;
  }

  /**
   * Visits each distinct token of prompt and text once.
   *
   * @param vocabularySize only ids below this
   * @param visitor takes the ids in ascending order
   */
  void forEachDistinct(int vocabularySize, IntConsumer visitor) {
    for (int id = seen.nextSetBit(0);
        id >= 0 && id < vocabularySize;
        id = seen.nextSetBit(id + 1)) {
      visitor.accept(id);
    }
  }
}
