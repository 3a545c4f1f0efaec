// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.combine;

import io.github.lora4j.ConfigurationException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * Several adapters as one (PEFT: {@code add_weighted_adapter}).
 *
 * <p>Immutable, and checked when built; make one with {@link #builder()}.
 *
 * @param adapters the adapters and their weights, at least one; one alone is combined linearly
 * @param type the method
 * @param density the part of the values that stays, above 0 and at most 1; for a method that prunes
 * @param majoritySign how a sign is elected; for a method that elects
 * @param svdRank the rank of the result, for a method that decomposes; the largest of the adapters'
 *     if empty
 * @param svdClamp factors are clamped to this quantile of their values, above 0 and at most 1; for
 *     a method that decomposes
 */
public record WeightedCombination(
    List<WeightedAdapter> adapters,
    CombinationType type,
    OptionalDouble density,
    Optional<MajoritySign> majoritySign,
    OptionalInt svdRank,
    OptionalDouble svdClamp) {
  /**
   * An adapter and its weight.
   *
   * @param name the adapter's name
   * @param weight any finite number
   */
  public record WeightedAdapter(String name, double weight) {
    /** Checks the weight. */
    public WeightedAdapter {
      Objects.requireNonNull(name, "name");
      require(
          Double.isFinite(weight),
          "weight of \"%s\" must be a finite number, was %s".formatted(name, weight));
    }
  }

  /**
   * Copies the list and checks every field.
   *
   * @throws ConfigurationException naming the field, the value and the rule
   */
  public WeightedCombination {
    adapters = List.copyOf(adapters);
    Objects.requireNonNull(type, "type");
    Objects.requireNonNull(majoritySign, "majoritySign");
    List<String> names = adapters.stream().map(WeightedAdapter::name).toList();
    require(!names.isEmpty(), "adapters: expected at least one, found none");
    require(
        names.stream().distinct().count() == names.size(),
        "adapters must be named once each, were " + names);
    requireFor(type.prunes(), density.isPresent(), "density", type);
    require(
        !type.prunes() || density.isPresent(),
        "density is missing: %s needs the part of the values that stays, such as 0.5"
            .formatted(type));
    requirePart("density", density);
    requireFor(type.elects(), majoritySign.isPresent(), "majoritySign", type);
    requireFor(type.decomposes(), svdRank.isPresent(), "svdRank", type);
    require(svdRank.orElse(1) >= 1, "svdRank must be at least 1, was " + svdRank.orElse(1));
    requireFor(type.decomposes(), svdClamp.isPresent(), "svdClamp", type);
    requirePart("svdClamp", svdClamp);
  }

  /**
   * Starts a linear combination of no adapters yet.
   *
   * @return a new builder
   */
  public static WeightedCombinationBuilder builder() {
    return new WeightedCombinationBuilder();
  }

  private static void requireFor(boolean used, boolean given, String field, CombinationType type) {
    require(used || !given, "%s has no meaning for %s; leave it out".formatted(field, type));
  }

  private static void requirePart(String field, OptionalDouble part) {
    double value = part.orElse(1);
    require(
        value > 0 && value <= 1,
        "%s must be above 0 and at most 1, was %s".formatted(field, value));
  }

  private static void require(boolean holds, String rule) {
    if (!holds) {
      throw new ConfigurationException("WeightedCombination: " + rule);
    }
  }
}
