// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.verify;

/** The largest absolute difference of pairs of numbers; NaN if one of them is not a number. */
final class Difference {
  private double worst;

  void add(double ours, double theirs) {
    double difference = Math.abs(ours - theirs);
    if (Double.isNaN(difference) || difference > worst) {
      worst = difference;
    }
  }

  double worst() {
    return worst;
  }

  static double of(float[] ours, float[] theirs) {
    Difference difference = new Difference();
    for (int i = 0; i < ours.length; i++) {
      difference.add(ours[i], theirs[i]);
    }
    return difference.worst();
  }
}
