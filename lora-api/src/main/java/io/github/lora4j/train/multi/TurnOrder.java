// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.train.multi;

import java.util.Comparator;

/**
 * Which jobs go into a step when not all find room. The first in order always goes; of the others
 * all that fit. Jobs that are equal in order go as they were submitted.
 */
@FunctionalInterface
public interface TurnOrder extends Comparator<JobTurn> {
  /**
   * The least served first, so that all have equal shares of the tokens.
   *
   * @return the order
   */
  static TurnOrder fairShare() {
    return by(Comparator.comparingLong(JobTurn::servedTokens));
  }

  /**
   * The one with the fewest tokens left first, so that jobs end as early as can be on average; long
   * ones may wait until short ones are done.
   *
   * @return the order
   */
  static TurnOrder shortestFirst() {
    return by(Comparator.comparingLong(turn -> (long) turn.stepsLeft() * turn.tokens()));
  }

  /**
   * The highest priority first, equal ones by fair shares; a lower one may wait until higher ones
   * are done.
   *
   * @return the order
   */
  static TurnOrder priority() {
    return by(
        Comparator.comparingInt(JobTurn::priority)
            .reversed()
            .thenComparingLong(JobTurn::servedTokens));
  }

  private static TurnOrder by(Comparator<JobTurn> comparator) {
    return comparator::compare;
  }
}
