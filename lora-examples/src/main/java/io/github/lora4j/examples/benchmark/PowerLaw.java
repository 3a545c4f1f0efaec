// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.benchmark;

import java.util.Arrays;
import java.util.Random;

/**
 * Draws which adapter a request wants: the i-th of them with probability proportional to i to the
 * power of −alpha (Sheng et al., 2023, section 7.1).
 */
final class PowerLaw {
  private final double[] cumulative;
  private final Random random;

  /**
   * Prepares the draw.
   *
   * @param count how many there are to choose from
   * @param alpha 0 for all alike; the larger, the more requests want the same few
   * @param seed of the draw
   */
  PowerLaw(int count, double alpha, long seed) {
    cumulative = new double[count];
    double sum = 0;
    for (int i = 0; i < count; i++) {
      sum += Math.pow(i + 1, -alpha);
      cumulative[i] = sum;
    }
    random = new Random(seed);
  }

  /** The next one, from 0 on. */
  int next() {
    double drawn = random.nextDouble() * cumulative[cumulative.length - 1];
    int found = Arrays.binarySearch(cumulative, drawn);
    return Math.min(found < 0 ? -found - 1 : found + 1, cumulative.length - 1);
  }
}
