// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.data;

import java.util.Arrays;

/**
 * One training row. The arrays are not copied: treat them as read-only.
 *
 * @param inputIds the token ids, (S)
 * @param labels for each position its own token id where it is learned, {@link #IGNORED} where it
 *     is not, (S); the shift by one is the loss's business, as in Hugging Face models
 */
// Arrays, not lists: a data set holds millions of ids, and NDArrays are made from arrays.
@SuppressWarnings("ArrayRecordComponent")
public record Example(int[] inputIds, int[] labels) {
  /** The label of a position that is not learned (PyTorch's {@code ignore_index}). */
  public static final int IGNORED = -100;

  /** Checks that there is a label for each token. */
  public Example {
    if (inputIds.length != labels.length) {
      throw new IllegalArgumentException(
          "Example: %d input ids but %d labels".formatted(inputIds.length, labels.length));
    }
  }

  /**
   * The number of tokens.
   *
   * @return S
   */
  public int length() {
    return inputIds.length;
  }

  /**
   * The number of tokens the loss is taken over. The first position has no predecessor to predict
   * it from and never counts.
   *
   * @return how many labels after the first are not {@link #IGNORED}
   */
  public int learnedTokens() {
    return (int) Arrays.stream(labels).skip(1).filter(label -> label != IGNORED).count();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Example that
        && Arrays.equals(inputIds, that.inputIds)
        && Arrays.equals(labels, that.labels);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(inputIds) + Arrays.hashCode(labels);
  }

  @Override
  public String toString() {
    return "Example[%d tokens, %d learned]".formatted(length(), learnedTokens());
  }
}
