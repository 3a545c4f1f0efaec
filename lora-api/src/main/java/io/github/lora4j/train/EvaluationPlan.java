// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.train;

import java.util.OptionalInt;

/**
 * When to evaluate, on what, and what follows from it.
 *
 * @param fraction the share of the training data that is split off to evaluate on; 0 for none
 * @param interval steps between two evaluations; if empty, once an epoch. The last step is followed
 *     by an evaluation in any case.
 * @param keepBest whether the parameters of the lowest evaluation loss are kept
 * @param patience evaluations without a lower loss after which the run ends; 0 for never
 */
public record EvaluationPlan(
    double fraction, OptionalInt interval, boolean keepBest, int patience) {
  /** Checks the numbers. */
  public EvaluationPlan {
    OptionCheck.require(
        fraction >= 0 && fraction < 1, "evaluationFraction", "at least 0 and below 1", fraction);
    OptionCheck.require(
        interval.orElse(1) >= 1, "evaluationInterval", "at least 1", interval.orElse(1));
    OptionCheck.require(patience >= 0, "earlyStoppingPatience", "at least 0", patience);
  }

  /**
   * Whether this makes no sense without evaluation data.
   *
   * @return true if an evaluation loss is to decide something
   */
  public boolean needsData() {
    return keepBest || patience > 0;
  }
}
