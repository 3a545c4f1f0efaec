// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.LoraConfigBuilder;
import io.github.lora4j.combine.WeightedCombination.WeightedAdapter;
import io.github.lora4j.djl.inject.combine.Combination;
import io.github.lora4j.djl.inject.combine.WeightedFactors;
import io.github.lora4j.peft.PeftTensor;
import io.github.lora4j.target.AdaptedModule;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * An adapter that others are combined into. Its scaling is 1, for theirs is in the factors; PEFT
 * multiplies by √rank once more where the first adapter is rank-stabilised.
 */
final class CombinedAdapter {
  private final Combination combination;
  private final Map<PlannedAdapter, Double> weights;

  private CombinedAdapter(Combination combination, Map<PlannedAdapter, Double> weights) {
    this.combination = combination;
    this.weights = weights;
  }

  /**
   * Prepares the combination.
   *
   * @param combination the method
   * @param adapters the adapters in order
   * @param weights the weight of each
   * @return the adapter to be
   * @throws ConfigurationException if one of them is more than low-rank factors
   */
  static CombinedAdapter of(
      Combination combination, List<InstalledAdapter> adapters, List<WeightedAdapter> weights) {
    Map<PlannedAdapter, Double> byAdapter = new LinkedHashMap<>();
    for (int i = 0; i < adapters.size(); i++) {
      byAdapter.put(requirePlain(adapters.get(i)), weights.get(i).weight());
    }
    return new CombinedAdapter(combination, byAdapter);
  }

  private static PlannedAdapter requirePlain(InstalledAdapter adapter) {
    if (adapter instanceof PlannedAdapter planned
        && hasFactorsAlone(planned)
        && planned.plan().adapted().stream().allMatch(CombinedAdapter::isMatrix)) {
      return planned;
    }
    throw new ConfigurationException(
        "WeightedCombination: adapter \"%s\" is more than low-rank factors of matrices (%s with a variant, a residual, convolutions, biases or modules of its own) and cannot be combined; saveConvertedAdapter makes a plain one of a residual"
            .formatted(adapter.name(), adapter.config().peftType()));
  }

  private static boolean isMatrix(AdaptedModule module) {
    return module.module().kernel().dimension() == 0;
  }

  private static boolean hasFactorsAlone(PlannedAdapter adapter) {
    Set<PeftTensor> factors = new HashSet<>();
    adapter.plan().adapted().forEach(module -> factors.addAll(List.of(module.a(), module.b())));
    return factors.equals(adapter.trained().keySet())
        && !adapter.config().initialization().leavesResidual();
  }

  /** What the adapter is to be: on every module that one of them adapts. */
  LoraConfig config() {
    LoraConfig first = weights.keySet().iterator().next().config();
    int rank = rank();
    LoraConfigBuilder builder =
        LoraConfig.builder()
            .rank(rank)
            .alpha(rank)
            .dropout(first.dropout())
            .targetModules(targets().toArray(String[]::new));
    first.taskType().ifPresent(builder::taskType);
    first.baseModelNameOrPath().ifPresent(builder::baseModelNameOrPath);
    first.revision().ifPresent(builder::revision);
    return builder.build();
  }

  private int rank() {
    return combination.rank(weights.keySet().stream().map(a -> rankOf(a.config())).toList());
  }

  private static int rankOf(LoraConfig config) {
    return config.rankPattern().values().stream()
        .mapToInt(rank -> rank)
        .reduce(config.rank(), Math::max);
  }

  private Set<String> targets() {
    Set<String> targets = new LinkedHashSet<>();
    weights
        .keySet()
        .forEach(adapter -> adapter.plan().adapted().forEach(m -> targets.add(m.name())));
    return targets;
  }

  /**
   * Combines the factors, module by module.
   *
   * @param scope owns the factors
   * @return where the adapter's values come from
   */
  CombinedFactors factors(NDManager scope) {
    Map<String, List<WeightedFactors>> parts = new LinkedHashMap<>();
    weights.forEach(
        (adapter, weight) ->
            adapter
                .plan()
                .adapted()
                .forEach(
                    module ->
                        parts
                            .computeIfAbsent(module.name(), name -> new ArrayList<>())
                            .add(part(adapter, module, weight, scope))));
    int rank = rank();
    CombinedFactors factors = new CombinedFactors(new LinkedHashMap<>());
    parts.forEach((module, all) -> factors.pairs().put(module, combination.of(all, rank)));
    return factors;
  }

  private static WeightedFactors part(
      PlannedAdapter adapter, AdaptedModule module, double weight, NDManager scope) {
    return new WeightedFactors(
        values(adapter, module.a(), scope),
        values(adapter, module.b(), scope),
        module.scaling(),
        weight);
  }

  private static NDArray values(PlannedAdapter adapter, PeftTensor tensor, NDManager scope) {
    Parameter parameter = Objects.requireNonNull(adapter.trained().get(tensor), tensor::toString);
    NDArray values = parameter.getArray().stopGradient();
    values.attach(scope);
    return values;
  }
}
