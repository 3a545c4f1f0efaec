// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

import io.github.lora4j.pattern.PythonPattern;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * What adapter to put on a model: y = W x + scaling · B A x, on the targeted modules (<a
 * href="https://arxiv.org/abs/2106.09685">Hu et al. 2021</a>; PEFT: {@code LoraConfig}).
 *
 * <p>Immutable, and checked when built. Make one with {@link #builder()}; the components keep
 * PEFT's meaning. Two configs with equal fields are equal.
 *
 * @param rank rows of A and columns of B, at least 1 (PEFT: {@code r})
 * @param alpha the numerator of the scaling, above 0 (PEFT: {@code lora_alpha})
 * @param dropout the probability with which an input of A is dropped in training, in [0, 1)
 * @param targetModules the modules that get an adapter
 * @param excludeModules modules that get none although they are targeted
 * @param bias which biases of the base model train too
 * @param modulesToSave modules that train in full and are stored with the adapter; any module whose
 *     name ends in one of these
 * @param trainableTokenIndices rows of the token table that train and are stored with the adapter
 * @param layersToTransform the layers whose modules get an adapter; empty for all
 * @param layersPattern the names that layer lists may have, regular expressions; empty for any
 * @param rankPattern ranks of modules whose name ends in a match of the key; the first key that
 *     matches wins
 * @param alphaPattern the same for alpha
 * @param rankStabilized whether the scaling is alpha/√rank (PEFT: {@code use_rslora})
 * @param useDora whether rows have a length of their own that trains (DoRA; PEFT: {@code use_dora})
 * @param loraBias whether B has a bias that trains (PEFT: {@code lora_bias})
 * @param fanInFanOut whether the base weights are stored transposed, (inFeatures, outFeatures)
 * @param fusedTargets the parts that a new adapter adapts of targeted modules that hold queries,
 *     keys and values in one; empty for the whole of them. Not stored: B is zero elsewhere, and the
 *     adapter an ordinary one
 * @param initialization what A and B hold before the first step (PEFT: {@code init_lora_weights})
 * @param taskType what the model is for
 * @param baseModelNameOrPath the model the adapter is for
 * @param revision the version of that model
 * @param unknownFields fields of an adapter_config.json that are not modelled here, as JSON texts;
 *     they are kept for when it is written again
 */
public record LoraConfig(
    int rank,
    double alpha,
    double dropout,
    ModuleSelector targetModules,
    ModuleSelector excludeModules,
    Bias bias,
    List<String> modulesToSave,
    TokenIndices trainableTokenIndices,
    List<Integer> layersToTransform,
    List<String> layersPattern,
    Map<String, Integer> rankPattern,
    Map<String, Double> alphaPattern,
    boolean rankStabilized,
    boolean useDora,
    boolean loraBias,
    boolean fanInFanOut,
    Set<QkvPart> fusedTargets,
    Initialization initialization,
    Optional<TaskType> taskType,
    Optional<String> baseModelNameOrPath,
    Optional<String> revision,
    Map<String, String> unknownFields)
    implements AdapterConfig {

  /**
   * Copies the collections and checks every field; {@link #builder()} is the readable way.
   *
   * @throws ConfigurationException if a field has a value that cannot work, or two contradict each
   *     other; the message names the field, the value and the rule
   */
  public LoraConfig {
    Objects.requireNonNull(bias, "bias");
    Objects.requireNonNull(initialization, "initialization");
    Objects.requireNonNull(trainableTokenIndices, "trainableTokenIndices");
    Objects.requireNonNull(taskType, "taskType");
    Objects.requireNonNull(baseModelNameOrPath, "baseModelNameOrPath");
    Objects.requireNonNull(revision, "revision");
    modulesToSave = List.copyOf(modulesToSave);
    layersToTransform = List.copyOf(layersToTransform);
    layersPattern = List.copyOf(layersPattern);
    rankPattern = ordered(rankPattern);
    alphaPattern = ordered(alphaPattern);
    unknownFields = ordered(unknownFields);
    fusedTargets = inOrder(fusedTargets);
    LoraConfigRules.checkNumbers(rank, alpha, dropout);
    LoraConfigRules.checkSelectors(targetModules, excludeModules);
    LoraConfigRules.checkLayers(targetModules, layersToTransform, layersPattern);
    LoraConfigRules.checkModulesToSave(modulesToSave);
    LoraConfigRules.checkTokenIndices(trainableTokenIndices);
    LoraConfigRules.checkPatterns(rankPattern, alphaPattern);
    LoraConfigRules.checkLoraBias(loraBias, useDora, initialization);
    LoraConfigRules.checkFusedTargets(fusedTargets, useDora, loraBias, initialization);
  }

  @Override
  public PeftType peftType() {
    return PeftType.LORA;
  }

  /**
   * Starts from PEFT's defaults: rank 8, alpha 8, no dropout, the architecture's default targets.
   *
   * @return a new builder
   */
  public static LoraConfigBuilder builder() {
    return new LoraConfigBuilder();
  }

  /**
   * Starts from this config.
   *
   * @return a new builder whose {@link LoraConfigBuilder#build()} would give an equal config
   */
  public LoraConfigBuilder toBuilder() {
    return new LoraConfigBuilder(this);
  }

  /**
   * The factor before B A x: alpha/rank, or alpha/√rank where {@link #rankStabilized()} (<a
   * href="https://arxiv.org/abs/2312.03732">Kalajdzievski 2023</a>).
   *
   * @param rank the rank of the module
   * @param alpha the alpha of the module
   * @return the scaling
   */
  public double scaling(int rank, double alpha) {
    return alpha / (rankStabilized ? Math.sqrt(rank) : rank);
  }

  /**
   * The rank of one module.
   *
   * @param module the module's full name
   * @return the value of the first {@link #rankPattern()} that matches, else {@link #rank()}
   */
  public int rankOf(String module) {
    return firstMatch(rankPattern, module, rank);
  }

  /**
   * The alpha of one module.
   *
   * @param module the module's full name
   * @return the value of the first {@link #alphaPattern()} that matches, else {@link #alpha()}
   */
  public double alphaOf(String module) {
    return firstMatch(alphaPattern, module, alpha);
  }

  private static <V> V firstMatch(Map<String, V> pattern, String module, V otherwise) {
    return pattern.entrySet().stream()
        .filter(entry -> PythonPattern.nameEnd(entry.getKey()).match(module))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElse(otherwise);
  }

  private static Set<QkvPart> inOrder(Set<QkvPart> parts) {
    EnumSet<QkvPart> copy = EnumSet.noneOf(QkvPart.class);
    copy.addAll(parts);
    return Collections.unmodifiableSet(copy);
  }

  // Map.copyOf forgets the order, and of two patterns that match the first counts.
  private static <V> Map<String, V> ordered(Map<String, V> map) {
    return Collections.unmodifiableMap(new LinkedHashMap<>(map));
  }
}
