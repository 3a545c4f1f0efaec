// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.target;

import io.github.lora4j.AdaLoraConfig;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.peft.PeftTensor;
import io.github.lora4j.peft.TensorRole;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a config means for one model. All lists are in the order of the model's modules.
 *
 * @param config the config as it is to be stored: targets in words that need no model (the
 *     architecture's default and "all linear" are spelled out), the task's head among the modules
 *     to save, {@code fanInFanOut} as the adapted modules have it
 * @param adapted the modules that get an adapter, at least one
 * @param saved the modules that train in full
 * @param trainedRows the modules of which single rows train
 * @param trainedBiases the modules outside {@code saved} whose bias trains, by {@link
 *     io.github.lora4j.Bias}
 * @param storedBases the adapted modules whose base weight is stored with the adapter although it
 *     does not train: PEFT's for {@code embed_tokens} and {@code lm_head}
 * @param unmatchedTargets names among the targets that belong to no module of the model; PEFT
 *     accepts them as long as others match
 * @param warnings what was asked for and found nothing, in sentences for a log
 */
public record AdaptationPlan(
    LoraConfig config,
    List<AdaptedModule> adapted,
    List<SavedModule> saved,
    List<TrainedRows> trainedRows,
    List<AdaptableModule> trainedBiases,
    List<AdaptedModule> storedBases,
    List<String> unmatchedTargets,
    List<String> warnings) {
  /** Copies the lists. */
  public AdaptationPlan {
    adapted = List.copyOf(adapted);
    saved = List.copyOf(saved);
    trainedRows = List.copyOf(trainedRows);
    trainedBiases = List.copyOf(trainedBiases);
    storedBases = List.copyOf(storedBases);
    unmatchedTargets = List.copyOf(unmatchedTargets);
    warnings = List.copyOf(warnings);
  }

  /**
   * The same plan with updates B diag(E) A.
   *
   * @param ada says ranks and scaling
   * @return the plan
   */
  public AdaptationPlan withSingularValues(AdaLoraConfig ada) {
    List<AdaptedModule> factored =
        adapted.stream().map(module -> module.withSingularValues(ada)).toList();
    return with(factored, trainedRows);
  }

  /**
   * The same plan with other rows.
   *
   * @param rows the modules of which single rows train
   * @return the plan
   */
  public AdaptationPlan withRows(List<TrainedRows> rows) {
    return with(adapted, rows);
  }

  private AdaptationPlan with(List<AdaptedModule> modules, List<TrainedRows> rows) {
    return new AdaptationPlan(
        config, modules, saved, rows, trainedBiases, storedBases, unmatchedTargets, warnings);
  }

  /**
   * The names by which PEFT wraps the modules that train in full.
   *
   * @return full names, for {@link io.github.lora4j.peft.PeftNames#memoryName}
   */
  public List<String> savedNames() {
    return saved.stream().map(SavedModule::name).toList();
  }

  /**
   * The tensors that train: A, B and what variants add to them, the saved modules, single rows, the
   * biases.
   *
   * @return each once
   */
  public List<PeftTensor> trainedTensors() {
    List<PeftTensor> tensors = new ArrayList<>();
    adapted.forEach(module -> tensors.addAll(module.tensors()));
    savedModules().forEach(module -> addParameters(tensors, module));
    trainedRows.forEach(rows -> tensors.add(rows.tensor()));
    Set<String> adaptedNames =
        adapted.stream().map(AdaptedModule::name).collect(Collectors.toSet());
    for (AdaptableModule module : trainedBiases) {
      boolean wrapped = adaptedNames.contains(module.name());
      tensors.add(new PeftTensor(module.name(), wrapped ? TensorRole.BASE_BIAS : TensorRole.BIAS));
    }
    return tensors;
  }

  /**
   * The tensors of the adapter's file: those that train, and the base weights stored with them.
   *
   * @return each once
   */
  public List<PeftTensor> storedTensors() {
    List<PeftTensor> tensors = new ArrayList<>(trainedTensors());
    for (AdaptedModule module : storedBases) {
      tensors.add(module.tensor(TensorRole.BASE_WEIGHT));
      PeftTensor bias = module.tensor(TensorRole.BASE_BIAS);
      if (module.module().bias() && !tensors.contains(bias)) {
        tensors.add(bias);
      }
    }
    return tensors;
  }

  /**
   * How many parameters train.
   *
   * @return the number of elements of {@link #trainedTensors()}
   */
  public long trainableParameters() {
    return adapted.stream().mapToLong(AdaptedModule::parameterCount).sum()
        + savedModules().mapToLong(AdaptableModule::parameterCount).sum()
        + trainedRows.stream().mapToLong(TrainedRows::parameterCount).sum()
        + trainedBiases.stream().mapToLong(AdaptableModule::biasCount).sum();
  }

  private Stream<AdaptableModule> savedModules() {
    return saved.stream().flatMap(module -> module.modules().stream());
  }

  private static void addParameters(List<PeftTensor> tensors, AdaptableModule module) {
    tensors.add(new PeftTensor(module.name(), TensorRole.WEIGHT));
    if (module.bias()) {
      tensors.add(new PeftTensor(module.name(), TensorRole.BIAS));
    }
  }
}
