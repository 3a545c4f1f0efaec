// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import io.github.lora4j.AdaLoraConfig;
import io.github.lora4j.djl.format.TensorEntry;
import io.github.lora4j.djl.format.TensorFile;
import io.github.lora4j.djl.inject.allocation.BudgetSchedule;
import io.github.lora4j.djl.inject.allocation.KeptRanks;
import io.github.lora4j.djl.inject.allocation.Orthogonality;
import io.github.lora4j.djl.inject.allocation.RankAllocator;
import io.github.lora4j.djl.inject.allocation.SvdFactors;
import io.github.lora4j.djl.kernel.EngineMode;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The steps of AdaLoRA (PEFT: {@code AdaLoraModel.forward}'s regulariser and {@code
 * update_and_allocate}): orthogonality in the loss, and the allocation of ranks after each update.
 * An adapter whose ranks were allocated before keeps them.
 */
final class AdaLoraHook implements StepHook {
  private final AdaLoraAdapter adapter;
  private final Map<String, SvdFactors> factors;
  private final RankAllocator allocator;

  /**
   * Prepares.
   *
   * @param adapter the adapter, its ranks not allocated yet or for good
   * @param factors its factors by module
   * @param totalSteps the length of the training
   */
  AdaLoraHook(AdaLoraAdapter adapter, Map<String, SvdFactors> factors, int totalSteps) {
    this.adapter = adapter;
    this.factors = factors;
    AdaLoraConfig config = adapter.config();
    int initial = factors.values().stream().mapToInt(SvdFactors::rank).sum();
    int last = config.rankPattern().isEmpty() ? totalSteps - config.tfinal() : -1;
    allocator =
        new RankAllocator(
            factors,
            new BudgetSchedule(
                initial,
                config.targetRank() * factors.size(),
                config.tinit(),
                last,
                config.deltaT()),
            config.beta1(),
            config.beta2());
  }

  @Override
  public double addTerm() {
    double weight = adapter.config().orthogonalityWeight();
    if (weight == 0) {
      return 0;
    }
    try (EngineMode mode = EngineMode.inference()) {
      return Orthogonality.add(factors.values(), weight);
    }
  }

  @Override
  public void beforeUpdate(int step) {
    try (EngineMode mode = EngineMode.inference()) {
      allocator.beforeUpdate(scheduled(step));
    }
  }

  /** PEFT's schedule counts steps from 0. */
  private static int scheduled(int step) {
    return step - 1;
  }

  @Override
  public void afterUpdate(int step) {
    try (EngineMode mode = EngineMode.inference()) {
      adapter.keepRanks(allocator.afterUpdate(scheduled(step), adapter.config().rankPattern()));
    }
  }

  @Override
  public List<TensorEntry> state(String prefix) {
    return Stream.concat(
            allocator.state(prefix).stream(),
            KeptRanks.state(prefix, adapter.config().rankPattern(), factors).stream())
        .toList();
  }

  @Override
  public void restore(String prefix, TensorFile saved) {
    try (EngineMode mode = EngineMode.inference()) {
      allocator.restore(prefix, saved);
      adapter.keepRanks(KeptRanks.restored(prefix, saved, factors));
    }
  }

  @Override
  public void close() {
    allocator.close();
  }
}
