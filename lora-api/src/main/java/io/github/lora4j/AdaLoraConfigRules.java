// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

import java.util.List;
import java.util.Map;

/** The rules an {@link AdaLoraConfig} keeps. */
final class AdaLoraConfigRules {
  private AdaLoraConfigRules() {}

  static void checkLora(LoraConfig lora) {
    require(!lora.useDora(), "useDora is a variant of its own; leave it out");
    require(!lora.rankStabilized(), "the scaling is alpha / rank; leave out rankStabilized");
    require(
        lora.rankPattern().isEmpty() && lora.alphaPattern().isEmpty(),
        "every module starts with the same rank and alpha; leave out rankPattern and alphaPattern of the LoraConfig");
    require(
        lora.initialization().equals(Initialization.KAIMING_UNIFORM),
        "P and Q are drawn and Λ is zero; leave out the initialization, was "
            + lora.initialization().rule());
  }

  static void checkRanks(int initial, int target, Map<String, List<Boolean>> pattern) {
    require(
        target >= 1 && target <= initial,
        "targetRank must be from 1 to the initial rank %d, was %d".formatted(initial, target));
    pattern.forEach(
        (module, kept) ->
            require(
                kept.size() == initial,
                "rankPattern of \"%s\" must have a value for each of %d initial ranks, had %d"
                    .formatted(module, initial, kept.size())));
  }

  static void checkSchedule(int tinit, int tfinal, int deltaT) {
    require(tinit >= 0, "tinit must be at least 0, was " + tinit);
    require(tfinal >= 0, "tfinal must be at least 0, was " + tfinal);
    require(deltaT >= 1, "deltaT must be at least 1, was " + deltaT);
  }

  static void checkWeights(double beta1, double beta2, double orthogonalityWeight) {
    require(beta1 > 0 && beta1 < 1, "beta1 must be above 0 and below 1, was " + beta1);
    require(beta2 > 0 && beta2 < 1, "beta2 must be above 0 and below 1, was " + beta2);
    require(
        orthogonalityWeight >= 0 && Double.isFinite(orthogonalityWeight),
        "orthogonalityWeight must be a finite number of at least 0, was " + orthogonalityWeight);
  }

  static void checkLength(int totalSteps, int tinit, int tfinal) {
    require(totalSteps >= 1, "totalSteps must be at least 1, was " + totalSteps);
    require(
        tinit < (long) totalSteps - tfinal,
        "of %d totalSteps, tinit %d and tfinal %d leave none for the allocation; lower them, or train longer"
            .formatted(totalSteps, tinit, tfinal));
  }

  private static void require(boolean rule, String message) {
    if (!rule) {
      throw new ConfigurationException("AdaLoraConfig: " + message);
    }
  }
}
