// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.progress;

import java.time.Duration;
import java.util.Locale;

/** Amounts as a person reads them. */
public final class Quantities {
  private Quantities() {}

  /**
   * For example {@code 512 MiB} or {@code 1.5 GiB}.
   *
   * @param bytes at least 0
   * @return the amount in words
   */
  public static String memory(long bytes) {
    double mebibytes = bytes / (double) (1 << 20);
    return mebibytes < 1000
        ? String.format(Locale.ROOT, "%.0f MiB", mebibytes)
        : String.format(Locale.ROOT, "%.1f GiB", mebibytes / 1024);
  }

  /**
   * For example {@code 1:02:03} or {@code 2:03}.
   *
   * @param duration not negative
   * @return hours if there are any, minutes and seconds
   */
  public static String clock(Duration duration) {
    long seconds = duration.toSeconds();
    return seconds < 3600
        ? String.format(Locale.ROOT, "%d:%02d", seconds / 60, seconds % 60)
        : String.format(
            Locale.ROOT, "%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
  }
}
