// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.progress;

/** An exponential moving average, corrected for its start at 0 as Adam's moments are. */
final class Smoothed {
  private static final double KEPT = 0.9;

  private double sum;
  private double weight;

  void add(double value) {
    sum = KEPT * sum + (1 - KEPT) * value;
    weight = KEPT * weight + (1 - KEPT);
  }

  /** The average; NaN before the first value. */
  double value() {
    return sum / weight;
  }
}
