// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject.combine;

import io.github.lora4j.ConfigurationException;
import java.util.List;

/**
 * A and B mixed each for itself, by the square root of weight and scaling; the sign goes to A
 * (PEFT: {@code _generalized_task_arithmetic_weighted_adapter}).
 *
 * @param mixing how
 */
record FactorWise(Mixing mixing) implements Combination {
  @Override
  public int rank(List<Integer> ranks) {
    requireEqual(ranks);
    return ranks.get(0);
  }

  private static void requireEqual(List<Integer> ranks) {
    if (ranks.stream().distinct().count() > 1) {
      throw new ConfigurationException(
          "WeightedCombination: adapters whose factors are combined must have one rank, found %s; use CAT or a type named SVD"
              .formatted(ranks));
    }
  }

  @Override
  public FactorPair of(List<WeightedFactors> parts, int rank) {
    requireEqual(parts.stream().map(p -> Math.toIntExact(p.a().getShape().get(0))).toList());
    List<Double> roots = parts.stream().map(p -> Math.sqrt(Math.abs(p.factor()))).toList();
    List<Double> signed =
        parts.stream()
            .map(p -> Math.copySign(Math.sqrt(Math.abs(p.factor())), p.factor()))
            .toList();
    return new FactorPair(
        mixing.mix(parts.stream().map(WeightedFactors::a).toList(), signed),
        mixing.mix(parts.stream().map(WeightedFactors::b).toList(), roots));
  }
}
