// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject.allocation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How much each singular value of a module matters, together with its two vectors (Zhang et al.
 * 2023, equation 8).
 */
final class TripletImportance {
  /** What the first of the averages is called. */
  static final String FIRST = ".a.sensitivity";

  private final Importance ofA;
  private final Importance ofB;
  private final Importance ofE;

  /**
   * Starts at zero.
   *
   * @param factors the module's factors
   * @param manager owns the averages
   */
  TripletImportance(SvdFactors factors, NDManager manager) {
    ofA = new Importance(factors.a(), manager);
    ofB = new Importance(factors.b(), manager);
    ofE = new Importance(factors.e(), manager);
  }

  /** Copies the gradients as they are now. */
  void keepGradients() {
    ofA.keepGradient();
    ofB.keepGradient();
    ofE.keepGradient();
  }

  /** Takes in the values as they are now with the gradients that were kept. */
  void update(double beta1, double beta2) {
    ofA.update(beta1, beta2);
    ofB.update(beta1, beta2);
    ofE.update(beta1, beta2);
  }

  /** The averages as they are, by name. */
  Map<String, NDArray> averages() {
    Map<String, NDArray> averages = new LinkedHashMap<>();
    averages.put(FIRST, ofA.sensitivity());
    averages.put(".a.uncertainty", ofA.uncertainty());
    averages.put(".b.sensitivity", ofB.sensitivity());
    averages.put(".b.uncertainty", ofB.uncertainty());
    averages.put(".e.sensitivity", ofE.sensitivity());
    averages.put(".e.uncertainty", ofE.uncertainty());
    return averages;
  }

  /** The value's score plus the mean scores of its vectors, one a rank. */
  float[] scores(NDManager scope) {
    NDArray vectors =
        ofA.score(scope).mean(new int[] {1}).add(ofB.score(scope).mean(new int[] {0}));
    return ofE.score(scope).flatten().add(vectors).toFloatArray();
  }
}
