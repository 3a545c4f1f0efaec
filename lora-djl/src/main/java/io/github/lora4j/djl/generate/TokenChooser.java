// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.generate;

import java.util.random.RandomGenerator;

/** Chooses the next token from processed logits. */
interface TokenChooser {
  /** What {@link #choose} answers if the logits hold NaN or no possible token. */
  int NONE = -1;

  /**
   * Chooses.
   *
   * @param logits (vocabulary); overwritten
   * @param random the sequence's own generator
   * @return a token id, or {@link #NONE}
   */
  int choose(float[] logits, RandomGenerator random);

  /**
   * The largest logit, the lowest id among equals.
   *
   * @param logits (vocabulary)
   * @param random not used
   * @return a token id, or {@link #NONE}
   */
  static int argmax(float[] logits, RandomGenerator random) {
    float max = Logits.max(logits);
    for (int id = 0; id < logits.length; id++) {
      if (logits[id] == max && max != Float.NEGATIVE_INFINITY) {
        return id;
      }
    }
    return NONE;
  }

  /**
   * A draw from the softmax of the logits.
   *
   * @param logits (vocabulary)
   * @param random draws one number
   * @return a token id, or {@link #NONE}
   */
  static int multinomial(float[] logits, RandomGenerator random) {
    double left = random.nextDouble() * exponentiate(logits);
    int last = NONE;
    for (int id = 0; id < logits.length && left >= 0; id++) {
      if (logits[id] > 0) {
        left -= logits[id];
        last = id;
      }
    }
    return last;
  }

  /** Turns l into exp(l − max), so that each is computed once, and returns the sum. */
  private static double exponentiate(float[] logits) {
    float max = Logits.max(logits);
    double sum = 0;
    for (int id = 0; id < logits.length; id++) {
      logits[id] = (float) Math.exp(logits[id] - max);
      sum += logits[id];
    }
    return sum;
  }
}
