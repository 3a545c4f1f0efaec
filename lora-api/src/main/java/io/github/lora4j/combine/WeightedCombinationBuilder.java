// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.combine;

import io.github.lora4j.combine.WeightedCombination.WeightedAdapter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/** Builds a {@link WeightedCombination}. */
public final class WeightedCombinationBuilder {
  private final List<WeightedAdapter> adapters = new ArrayList<>();
  private CombinationType type = CombinationType.LINEAR;
  private OptionalDouble density = OptionalDouble.empty();
  private Optional<MajoritySign> majoritySign = Optional.empty();
  private OptionalInt svdRank = OptionalInt.empty();
  private OptionalDouble svdClamp = OptionalDouble.empty();

  WeightedCombinationBuilder() {}

  /**
   * Adds an adapter.
   *
   * @param name its name
   * @param weight its weight; may be negative
   * @return this builder
   */
  public WeightedCombinationBuilder adapter(String name, double weight) {
    adapters.add(new WeightedAdapter(name, weight));
    return this;
  }

  /**
   * Chooses the method; {@link CombinationType#LINEAR} if not called.
   *
   * @param type the method
   * @return this builder
   */
  public WeightedCombinationBuilder type(CombinationType type) {
    this.type = type;
    return this;
  }

  /**
   * Sets the part of the values that stays.
   *
   * @param density above 0 and at most 1
   * @return this builder
   */
  public WeightedCombinationBuilder density(double density) {
    this.density = OptionalDouble.of(density);
    return this;
  }

  /**
   * Chooses how a sign is elected; {@link MajoritySign#TOTAL} if not called.
   *
   * @param majoritySign the rule
   * @return this builder
   */
  public WeightedCombinationBuilder majoritySign(MajoritySign majoritySign) {
    this.majoritySign = Optional.of(majoritySign);
    return this;
  }

  /**
   * Sets the rank of the result of a decomposition.
   *
   * @param svdRank at least 1
   * @return this builder
   */
  public WeightedCombinationBuilder svdRank(int svdRank) {
    this.svdRank = OptionalInt.of(svdRank);
    return this;
  }

  /**
   * Clamps the factors of a decomposition.
   *
   * @param quantile of their values, above 0 and at most 1
   * @return this builder
   */
  public WeightedCombinationBuilder svdClamp(double quantile) {
    svdClamp = OptionalDouble.of(quantile);
    return this;
  }

  /**
   * Builds the combination.
   *
   * @return the combination
   * @throws io.github.lora4j.ConfigurationException naming the field that cannot be, and the rule
   */
  public WeightedCombination build() {
    return new WeightedCombination(adapters, type, density, majoritySign, svdRank, svdClamp);
  }
}
