// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

/** How a model counts the positions of a padded batch in its forward pass. */
public enum PositionCounting {
  /** The column of the matrix, padding counted, as transformers counts by default. */
  COLUMNS {
    @Override
    int position(int column, int index) {
      return column;
    }
  },
  /** The tokens of the row before it, padding left out (OPT: {@code cumsum(attention_mask)}). */
  TOKENS {
    @Override
    int position(int column, int index) {
      return index;
    }
  };

  /** The position of a token: its column, and how many tokens of its row are before it. */
  abstract int position(int column, int index);
}
