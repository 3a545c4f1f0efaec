// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.benchmark;

import java.util.Collections;
import java.util.List;

/** What several measurements of the same thing say. */
public final class Samples {
  private Samples() {}

  /**
   * The middle, which a busy moment of a shared machine does not move.
   *
   * @param values the measurements, at least one
   * @return their median
   */
  public static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }

  /**
   * The value that so many of a hundred do not exceed.
   *
   * @param values at least one
   * @param percent 0 to 100
   */
  static double percentile(List<Double> values, double percent) {
    List<Double> sorted = values.stream().sorted().toList();
    int rank = (int) Math.ceil(percent / 100 * sorted.size());
    return sorted.get(Math.max(0, rank - 1));
  }

  /** The least: for times, what the machine does when it is let alone. */
  static double least(List<Double> values) {
    return Collections.min(values);
  }
}
