// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.paged;

/**
 * What one sequence brings to a step: one token where it decodes, a stretch of its prompt where it
 * is read in.
 *
 * @param tokenIds the tokens to feed, at least one
 * @param firstPosition how many tokens of the sequence lie in its pages already
 * @param table its pages, with room for these tokens
 * @param adapter the name of its adapter, {@link #BASE} for none
 * @param wantsLogits whether the logits behind its last token are asked for
 */
public record SequenceRows(
    int[] tokenIds, int firstPosition, BlockTable table, String adapter, boolean wantsLogits) {
  /** The name of no adapter. */
  public static final String BASE = "";

  /** Checks that there is a token, and room for all. */
  public SequenceRows {
    if (tokenIds.length == 0 || firstPosition < 0) {
      throw new IllegalArgumentException(
          "a sequence brings at least one token from position 0 on, found %d from %d"
              .formatted(tokenIds.length, firstPosition));
    }
    if (table.capacity() < firstPosition + tokenIds.length) {
      throw new IllegalArgumentException(
          "%d tokens from position %d do not fit into pages for %d; reserve first"
              .formatted(tokenIds.length, firstPosition, table.capacity()));
    }
  }

  /**
   * How many rows it brings.
   *
   * @return the number of its tokens
   */
  public int count() {
    return tokenIds.length;
  }

  /**
   * How long the sequence is behind this step.
   *
   * @return tokens
   */
  public int length() {
    return firstPosition + tokenIds.length;
  }
}
