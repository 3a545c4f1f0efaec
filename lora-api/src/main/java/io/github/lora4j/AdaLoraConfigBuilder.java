// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Builds an {@link AdaLoraConfig}; what is not set keeps PEFT's default. */
public final class AdaLoraConfigBuilder {
  private LoraConfigBuilder lora = LoraConfig.builder().rank(12);
  private int targetRank = 8;
  private int tinit;
  private int tfinal;
  private int deltaT = 1;
  private double beta1 = 0.85;
  private double beta2 = 0.85;
  private double orthogonalityWeight = 0.5;
  private Optional<Integer> totalSteps = Optional.empty();
  private Map<String, List<Boolean>> rankPattern = Map.of();

  AdaLoraConfigBuilder() {}

  AdaLoraConfigBuilder(AdaLoraConfig config) {
    lora = config.lora().toBuilder();
    targetRank = config.targetRank();
    tinit = config.tinit();
    tfinal = config.tfinal();
    deltaT = config.deltaT();
    beta1 = config.beta1();
    beta2 = config.beta2();
    orthogonalityWeight = config.orthogonalityWeight();
    totalSteps = config.totalSteps();
    rankPattern = config.rankPattern();
  }

  /**
   * Takes modules, rank, alpha, dropout and all else from a configuration of low-rank adapters; its
   * rank is the one that every module starts with.
   *
   * @param lora the configuration
   * @return this
   */
  public AdaLoraConfigBuilder lora(LoraConfig lora) {
    this.lora = lora.toBuilder();
    return this;
  }

  /**
   * Sets the rank that every module starts with (PEFT: {@code init_r}).
   *
   * @param initialRank at least 1; 12 if not set
   * @return this
   */
  public AdaLoraConfigBuilder initialRank(int initialRank) {
    lora.rank(initialRank);
    return this;
  }

  /**
   * Sets the numerator of the scaling (PEFT: {@code lora_alpha}).
   *
   * @param alpha above 0; 8 if not set
   * @return this
   */
  public AdaLoraConfigBuilder alpha(double alpha) {
    lora.alpha(alpha);
    return this;
  }

  /**
   * Sets the probability with which an input is dropped in training (PEFT: {@code lora_dropout}).
   *
   * @param dropout in [0, 1); 0 if not set
   * @return this
   */
  public AdaLoraConfigBuilder dropout(double dropout) {
    lora.dropout(dropout);
    return this;
  }

  /**
   * Adapts the modules with these names, or whose name ends in a dot and one of them.
   *
   * @param names names or ends of names, such as {@code q_proj}
   * @return this
   */
  public AdaLoraConfigBuilder targetModules(String... names) {
    lora.targetModules(names);
    return this;
  }

  /**
   * Adapts every linear module but the output head (PEFT: {@code "all-linear"}).
   *
   * @return this
   */
  public AdaLoraConfigBuilder allLinear() {
    lora.allLinear();
    return this;
  }

  /**
   * Sets the average rank that is left at the end (PEFT: {@code target_r}).
   *
   * @param targetRank from 1 to the initial rank; 8 if not set
   * @return this
   */
  public AdaLoraConfigBuilder targetRank(int targetRank) {
    this.targetRank = targetRank;
    return this;
  }

  /**
   * Sets the steps before the allocation.
   *
   * @param tinit at least 0; 0 if not set
   * @return this
   */
  public AdaLoraConfigBuilder tinit(int tinit) {
    this.tinit = tinit;
    return this;
  }

  /**
   * Sets the steps after the allocation.
   *
   * @param tfinal at least 0; 0 if not set
   * @return this
   */
  public AdaLoraConfigBuilder tfinal(int tfinal) {
    this.tfinal = tfinal;
    return this;
  }

  /**
   * Sets the steps between two allocations.
   *
   * @param deltaT at least 1; 1 if not set
   * @return this
   */
  public AdaLoraConfigBuilder deltaT(int deltaT) {
    this.deltaT = deltaT;
    return this;
  }

  /**
   * Sets how much of the sensitivity's average stays at each step.
   *
   * @param beta1 in (0, 1); 0.85 if not set
   * @return this
   */
  public AdaLoraConfigBuilder beta1(double beta1) {
    this.beta1 = beta1;
    return this;
  }

  /**
   * Sets how much of the uncertainty's average stays at each step.
   *
   * @param beta2 in (0, 1); 0.85 if not set
   * @return this
   */
  public AdaLoraConfigBuilder beta2(double beta2) {
    this.beta2 = beta2;
    return this;
  }

  /**
   * Sets the factor of the orthogonality term in the loss (PEFT: {@code orth_reg_weight}).
   *
   * @param orthogonalityWeight at least 0; 0.5 if not set
   * @return this
   */
  public AdaLoraConfigBuilder orthogonalityWeight(double orthogonalityWeight) {
    this.orthogonalityWeight = orthogonalityWeight;
    return this;
  }

  /**
   * Sets the length of the training (PEFT: {@code total_step}).
   *
   * @param totalSteps at least 1; the run's if not set
   * @return this
   */
  public AdaLoraConfigBuilder totalSteps(int totalSteps) {
    this.totalSteps = Optional.of(totalSteps);
    return this;
  }

  /**
   * Sets the ranks that were left to the modules, as the allocation does.
   *
   * @param rankPattern true where a singular value is kept, by the module's full name
   * @return this
   */
  public AdaLoraConfigBuilder rankPattern(Map<String, List<Boolean>> rankPattern) {
    this.rankPattern = new LinkedHashMap<>(rankPattern);
    return this;
  }

  /**
   * Checks and builds the config.
   *
   * @return the config
   * @throws ConfigurationException if a field has a value that cannot work; the message names the
   *     field, the value and the rule
   */
  public AdaLoraConfig build() {
    return new AdaLoraConfig(
        lora.build(),
        targetRank,
        tinit,
        tfinal,
        deltaT,
        beta1,
        beta2,
        orthogonalityWeight,
        totalSteps,
        rankPattern);
  }
}
