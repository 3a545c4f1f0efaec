// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.benchmark;

import java.io.PrintWriter;
import java.util.Locale;

/** Prints figures, one a line: {@code key value unit}. */
public final class Figures {
  private final PrintWriter out;

  /**
   * Begins.
   *
   * @param out where to
   */
  public Figures(PrintWriter out) {
    this.out = out;
  }

  /**
   * Prints a figure.
   *
   * @param key its name
   * @param value the figure
   * @param unit its unit, and what there is to say of it
   */
  public void print(String key, double value, String unit) {
    out.printf(Locale.ROOT, "%-28s %12.3f  %s%n", key, value, unit);
    out.flush();
  }

  /**
   * Prints a line of words.
   *
   * @param text the words
   */
  public void title(String text) {
    out.println(text);
    out.flush();
  }

  /**
   * Prints a figure that may be very small.
   *
   * @param key its name
   * @param value the figure
   * @param unit its unit, and what there is to say of it
   */
  public void printFine(String key, double value, String unit) {
    out.printf(Locale.ROOT, "%-28s %12.6f  %s%n", key, value, unit);
    out.flush();
  }
}
