// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import io.github.lora4j.AdapterConfig;
import io.github.lora4j.CausalLm;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.LoraModel;
import io.github.lora4j.MergeReport;
import io.github.lora4j.combine.WeightedCombination;
import io.github.lora4j.djl.inject.AdapterSet;
import io.github.lora4j.target.AdaptableModule;
import io.github.lora4j.train.TrainableModules;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** The part of a {@link LoraModel} that is the same whatever kind of model the base is. */
interface AdapterSetModel extends LoraModel {
  /**
   * Gives a model its first adapter, named {@link #DEFAULT_ADAPTER}, and makes it active; if that
   * fails, the model is closed.
   *
   * @param model a model without adapters
   * @param first adds or loads it
   * @return the model
   */
  static <M extends AdapterSetModel> M begin(M model, Consumer<M> first) {
    try {
      first.accept(model);
      model.setActiveAdapter(DEFAULT_ADAPTER);
      return model;
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  /**
   * The adapters.
   *
   * @throws IllegalStateException if this model is closed
   */
  AdapterSet adapterSet();

  @Override
  default Map<String, AdapterConfig> adapters() {
    return adapterSet().configs();
  }

  @Override
  default Optional<String> activeAdapter() {
    return activeAdapters().stream().findFirst();
  }

  @Override
  default List<String> activeAdapters() {
    return adapterSet().inUse();
  }

  @Override
  default List<AdaptableModule> adaptableModules() {
    return adapterSet().modules();
  }

  @Override
  default void addAdapter(String name, AdapterConfig config) {
    adapterSet().add(name, config);
  }

  @Override
  default void loadAdapter(String name, Path directory, boolean strict) {
    adapterSet().load(name, directory, strict);
  }

  @Override
  default void swapAdapter(String name, Path directory) {
    adapterSet().swap(name, directory);
  }

  @Override
  default void addWeightedAdapter(String name, WeightedCombination combination) {
    adapterSet().combine(name, combination);
  }

  @Override
  default void deleteAdapter(String name) {
    adapterSet().delete(name);
  }

  @Override
  default void renameAdapter(String from, String to) {
    adapterSet().rename(from, to);
  }

  @Override
  default void setActiveAdapters(String... names) {
    adapterSet().activate(List.of(names));
  }

  @Override
  default CausalLm forAdapters(List<String> adapterOfRow) {
    throw new ConfigurationException(
        "\"%s\" computes each batch with the same adapters; mixed batches need a model of HuggingFaceModel.load"
            .formatted(getName()));
  }

  @Override
  default void disableAdapters() {
    adapterSet().disable();
  }

  @Override
  default void enableAdapters() {
    adapterSet().enable();
  }

  /** {@inheritDoc} Nothing trains until {@link #unmerge}. */
  @Override
  default MergeReport merge() {
    return adapterSet().merge();
  }

  @Override
  default void unmerge() {
    adapterSet().unmerge();
  }

  @Override
  default boolean isMerged() {
    return adapterSet().isMerged();
  }

  @Override
  default void train(TrainableModules modules) {
    throw new ConfigurationException(
        "a LoraModel trains its active adapter; name modules to train in full in"
            + " AdapterConfig.modulesToSave, or close it and call train(...) on the base");
  }

  @Override
  default void saveAdapter(Path directory) {
    saveAdapter(adapterSet().requireActive().name(), directory);
  }

  @Override
  default void saveAdapter(String name, Path directory) {
    adapterSet().save(name, directory);
  }

  @Override
  default void saveConvertedAdapter(Path directory) {
    adapterSet().saveConverted(adapterSet().requireActive().name(), directory);
  }
}
