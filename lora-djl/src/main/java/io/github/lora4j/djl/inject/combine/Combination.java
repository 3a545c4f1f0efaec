// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject.combine;

import io.github.lora4j.combine.CombinationType;
import io.github.lora4j.combine.MajoritySign;
import io.github.lora4j.combine.WeightedCombination;
import io.github.lora4j.djl.kernel.CombineOps;
import java.util.List;

/**
 * A method that makes one pair of factors of several (PEFT: {@code combination_type}). Results and
 * whatever else it makes belong to the manager of the factors, which the caller closes.
 */
public interface Combination {
  /**
   * The rank that the result needs.
   *
   * @param ranks the adapters'
   * @return the rank
   * @throws io.github.lora4j.ConfigurationException if adapters of such ranks cannot be combined
   */
  int rank(List<Integer> ranks);

  /**
   * Combines the factors that adapters have in one module.
   *
   * @param parts the factors, at least one pair; read only
   * @param rank what {@link #rank} said of the adapters
   * @return the combined factors, of at most that rank
   */
  FactorPair of(List<WeightedFactors> parts, int rank);

  /**
   * Chooses the method.
   *
   * @param config the configuration
   * @param ops the operators
   * @return the method
   */
  static Combination of(WeightedCombination config, CombineOps ops) {
    CombinationType type = config.adapters().size() == 1 ? CombinationType.LINEAR : config.type();
    if (type == CombinationType.CAT) {
      return new Concatenation();
    }
    Mixing mixing = mixing(type, config, ops);
    return type.decomposes()
        ? new Decomposed(mixing, config.svdRank(), config.svdClamp(), ops)
        : new FactorWise(mixing);
  }

  private static Mixing mixing(CombinationType type, WeightedCombination config, CombineOps ops) {
    Mixing sum =
        type.elects()
            ? new SignElection(config.majoritySign().orElse(MajoritySign.TOTAL))
            : new WeightedSum();
    return type.prunes() ? new Pruned(pruning(type, config, ops), sum) : sum;
  }

  private static Pruning pruning(CombinationType type, WeightedCombination config, CombineOps ops) {
    double density = config.density().orElseThrow();
    return switch (type) {
      case DARE_LINEAR, DARE_TIES, DARE_LINEAR_SVD, DARE_TIES_SVD -> RandomPruning.of(density);
      default -> new MagnitudePruning(density, ops);
    };
  }
}
