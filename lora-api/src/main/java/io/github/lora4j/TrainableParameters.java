// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

import java.util.Locale;

/**
 * How many parameters train, of how many (PEFT: {@code print_trainable_parameters}).
 *
 * @param trainable the parameters that train
 * @param total all parameters, the adapter's and the base model's; a parameter stored in 4 bits
 *     counts as one
 */
public record TrainableParameters(long trainable, long total) {
  /**
   * Checks the counts.
   *
   * @throws IllegalArgumentException if a count is negative, or more parameters train than there
   *     are
   */
  public TrainableParameters {
    if (trainable < 0 || total < trainable) {
      throw new IllegalArgumentException(
          "TrainableParameters: trainable must be in 0.." + total + ", was " + trainable);
    }
  }

  /**
   * The trainable share.
   *
   * @return 0 to 100; 0 for a model without parameters
   */
  public double percent() {
    return total == 0 ? 0 : 100.0 * trainable / total;
  }

  /** For example {@code trainable 1,572,864 of 1.30 billion (0.12 %)}. */
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT, "trainable %,d of %s (%s %%)", trainable, rounded(total), share());
  }

  private String share() {
    double percent = percent();
    // Two decimals say nothing of a share below 0.01 %: two significant digits do.
    return percent > 0 && percent < 0.01
        ? String.format(Locale.ROOT, "%.2g", percent)
        : String.format(Locale.ROOT, "%.2f", percent);
  }

  private static String rounded(long count) {
    // Each unit begins where the one below would round to 1000.00.
    if (count >= 999_995_000_000L) {
      return String.format(Locale.ROOT, "%.2f trillion", count / 1e12);
    }
    if (count >= 999_995_000L) {
      return String.format(Locale.ROOT, "%.2f billion", count / 1e9);
    }
    if (count >= 1_000_000L) {
      return String.format(Locale.ROOT, "%.2f million", count / 1e6);
    }
    return String.format(Locale.ROOT, "%,d", count);
  }
}
