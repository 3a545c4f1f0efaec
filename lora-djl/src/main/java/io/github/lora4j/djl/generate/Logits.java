// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.generate;

/** Arithmetic on the logits of one sequence. A NaN among them makes the result NaN. */
final class Logits {
  private Logits() {}

  /**
   * The largest logit.
   *
   * @param logits (vocabulary)
   * @return the maximum, NaN if there is a NaN
   */
  static float max(float[] logits) {
    float max = Float.NEGATIVE_INFINITY;
    for (float logit : logits) {
      max = Math.max(max, logit);
    }
    return max;
  }

  /**
   * The denominator of the softmax: the sum of exp(l − max).
   *
   * @param logits (vocabulary)
   * @return the sum, at least 1, NaN if there is no finite maximum
   */
  static double sumOfExponentials(float[] logits) {
    float max = max(logits);
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit - max);
    }
    return sum;
  }

  /**
   * Takes the tokens below a limit out of the choice.
   *
   * @param logits (vocabulary), changed in place
   * @param limit the least logit to keep
   */
  static void removeBelow(float[] logits, float limit) {
    for (int i = 0; i < logits.length; i++) {
      if (logits[i] < limit) {
        logits[i] = Float.NEGATIVE_INFINITY;
      }
    }
  }
}
