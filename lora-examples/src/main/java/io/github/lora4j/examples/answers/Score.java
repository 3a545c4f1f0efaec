// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.answers;

import java.util.Locale;

/**
 * How many of how many.
 *
 * @param right the number of right answers
 * @param total the number of questions, at least 1
 */
public record Score(int right, int total) {
  /**
   * The share.
   *
   * @return 0 to 100
   */
  public double percent() {
    return 100.0 * right / total;
  }

  /** For example {@code 96 of 100 (96.0 %)}. */
  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%d of %d (%.1f %%)", right, total, percent());
  }
}
