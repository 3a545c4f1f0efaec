// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.serve;

import java.util.Arrays;

/** The tokens of one sequence, prompt and new ones, and how many of them lie in its pages. */
final class SequenceTokens {
  private int[] ids;
  private int count;
  private int fed;

  /**
   * Starts with a prompt, none of it in pages.
   *
   * @param prompt copied
   */
  SequenceTokens(int[] prompt) {
    ids = prompt.clone();
    count = prompt.length;
  }

  int count() {
    return count;
  }

  int fed() {
    return fed;
  }

  /** How many are to be fed before the next token is known. */
  int pending() {
    return count - fed;
  }

  void append(int id) {
    if (count == ids.length) {
      ids = Arrays.copyOf(ids, 2 * count);
    }
    ids[count++] = id;
  }

  /** The next ones to be fed. */
  int[] next(int number) {
    return Arrays.copyOfRange(ids, fed, fed + number);
  }

  /** All of them. */
  int[] all() {
    return Arrays.copyOf(ids, count);
  }

  /** Those that lie in pages. */
  int[] inPages() {
    return Arrays.copyOf(ids, fed);
  }

  /** So many lie in pages now. */
  void setFed(int number) {
    fed = number;
  }
}
