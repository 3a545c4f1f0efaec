// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * A low-rank adapter y = W x + alpha / rank · P Λ Q x that shares out its ranks among the modules
 * while it trains (<a href="https://arxiv.org/abs/2303.10512">Zhang et al. 2023</a>; PEFT: {@code
 * AdaLoraConfig}). Every module starts with the rank of {@link #lora()}; the singular values in Λ
 * that matter least are set to zero step by step, over all modules, until {@link #targetRank()} a
 * module are left on average.
 *
 * <p>The run has three phases: {@link #tinit()} steps with all ranks, the allocation, and {@link
 * #tfinal()} steps with the ranks that are left. Immutable, and checked when built.
 *
 * @param lora which modules, and alpha and dropout; its rank is the one that all modules start with
 *     (PEFT: {@code init_r}). Must be plain: no DoRA, no rank stabilisation, no patterns, the
 *     default initialization
 * @param targetRank the average rank that is left at the end, from 1 to the initial one (PEFT:
 *     {@code target_r})
 * @param tinit steps before the allocation
 * @param tfinal steps after the allocation
 * @param deltaT steps between two allocations, at least 1
 * @param beta1 how much of the sensitivity's average stays at each step, in (0, 1)
 * @param beta2 how much of the uncertainty's average stays at each step, in (0, 1)
 * @param orthogonalityWeight the factor of the mean of ‖PᵀP − I‖ and ‖QQᵀ − I‖ in the loss, at
 *     least 0 (PEFT: {@code orth_reg_weight})
 * @param totalSteps the length of the training (PEFT: {@code total_step}); empty for that of the
 *     {@link io.github.lora4j.train.FineTuner}'s run
 * @param rankPattern the ranks that were left to each module by its full name: true where the
 *     singular value is kept; empty before the first allocation (PEFT: {@code rank_pattern})
 */
public record AdaLoraConfig(
    LoraConfig lora,
    int targetRank,
    int tinit,
    int tfinal,
    int deltaT,
    double beta1,
    double beta2,
    double orthogonalityWeight,
    Optional<Integer> totalSteps,
    Map<String, List<Boolean>> rankPattern)
    implements AdapterConfig {
  /**
   * Copies the pattern and checks every field; {@link #builder()} is the readable way.
   *
   * @throws ConfigurationException if a field has a value that cannot work; the message names the
   *     field, the value and the rule
   */
  public AdaLoraConfig {
    Objects.requireNonNull(totalSteps, "totalSteps");
    rankPattern = copied(rankPattern);
    AdaLoraConfigRules.checkLora(lora);
    AdaLoraConfigRules.checkRanks(lora.rank(), targetRank, rankPattern);
    AdaLoraConfigRules.checkSchedule(tinit, tfinal, deltaT);
    AdaLoraConfigRules.checkWeights(beta1, beta2, orthogonalityWeight);
    totalSteps.ifPresent(steps -> AdaLoraConfigRules.checkLength(steps, tinit, tfinal));
  }

  /**
   * Starts from PEFT's defaults: 12 ranks that become 8, no steps before or after the allocation.
   *
   * @return a new builder
   */
  public static AdaLoraConfigBuilder builder() {
    return new AdaLoraConfigBuilder();
  }

  /**
   * Starts from this config.
   *
   * @return a new builder whose {@link AdaLoraConfigBuilder#build()} would give an equal config
   */
  public AdaLoraConfigBuilder toBuilder() {
    return new AdaLoraConfigBuilder(this);
  }

  /**
   * The rank that every module starts with (PEFT: {@code init_r}).
   *
   * @return the rank, at least 1
   */
  public int initialRank() {
    return lora.rank();
  }

  /**
   * The rank of one module.
   *
   * @param module the module's full name
   * @return what the allocation left it, the initial rank before; may be 0
   */
  public int rankOf(String module) {
    List<Boolean> kept = rankPattern.get(module);
    return kept == null ? initialRank() : (int) kept.stream().filter(Boolean::booleanValue).count();
  }

  /**
   * The factor before P Λ Q x; pruning leaves it as it is.
   *
   * @return alpha / (initial rank + 1e-5), as PEFT computes it
   */
  public double scaling() {
    return lora.alpha() / (initialRank() + 1e-5);
  }

  @Override
  public PeftType peftType() {
    return PeftType.ADALORA;
  }

  @Override
  public Optional<String> baseModelNameOrPath() {
    return lora.baseModelNameOrPath();
  }

  private static Map<String, List<Boolean>> copied(Map<String, List<Boolean>> pattern) {
    Map<String, List<Boolean>> copy = new LinkedHashMap<>();
    pattern.forEach((module, kept) -> copy.put(module, List.copyOf(kept)));
    return Collections.unmodifiableMap(copy);
  }
}
