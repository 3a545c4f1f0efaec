// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import ai.djl.BaseModel;
import ai.djl.Model;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.Trainer;
import ai.djl.training.TrainingConfig;
import ai.djl.util.PairList;
import io.github.lora4j.MergeReport;
import io.github.lora4j.TrainableParameters;
import io.github.lora4j.TrainingException;
import io.github.lora4j.djl.inject.AdapterSet;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A model that DJL loaded or a user built, with adapters on it: the model, frozen, with what an
 * {@link Injection} makes of its block.
 */
final class ForeignModel extends BaseModel implements AdapterSetModel, NoText {
  private final Model base;
  private final Injection injection;
  private final List<Parameter> thawed;
  private boolean closed;

  /**
   * Freezes a model; there is no adapter on it yet.
   *
   * @param base the model
   * @param injection how adapters get into it; closed with this model
   */
  ForeignModel(Model base, Injection injection) {
    super(base.getName());
    this.base = base;
    this.injection = injection;
    manager = injection.manager();
    block = injection.block();
    dataType = base.getDataType();
    modelDir = base.getModelPath();
    properties = base.getProperties();
    wasLoaded = true;
    thawed = parameters().stream().filter(Parameter::requiresGradient).toList();
    thawed.forEach(parameter -> parameter.freeze(true));
    AdaptedBlocks.add(base);
  }

  private List<Parameter> parameters() {
    return base.getBlock().getParameters().values();
  }

  @Override
  public String kind() {
    return injection.kind();
  }

  @Override
  public AdapterSet adapterSet() {
    requireOpen();
    return injection.adapters();
  }

  private void requireOpen() {
    if (closed || !manager.isOpen()) {
      throw new IllegalStateException(
          "\"%s\" is closed; wrap the model again".formatted(getName()));
    }
  }

  @Override
  public void load(Path modelPath, @Nullable String prefix, @Nullable Map<String, ?> options) {
    throw new UnsupportedOperationException(
        "this model is loaded; wrap another one with LoraModel.wrap");
  }

  @Override
  public PairList<String, Shape> describeInput() {
    return base.describeInput();
  }

  @Override
  public PairList<String, Shape> describeOutput() {
    return base.describeOutput();
  }

  /**
   * {@inheritDoc}
   *
   * @throws TrainingException if no adapter is in use, or it is merged
   */
  @Override
  public Trainer newTrainer(TrainingConfig config) {
    boolean trains =
        adapterSet().all().stream()
            .flatMap(adapter -> adapter.trained().values().stream())
            .anyMatch(Parameter::requiresGradient);
    if (!trains) {
      throw new TrainingException(
          "nothing to train: the adapter of \"%s\" must be active, enabled and not merged; call setActiveAdapter, enableAdapters or unmerge"
              .formatted(getName()));
    }
    return injection.trainers().newTrainer(this, config);
  }

  @Override
  public TrainableParameters trainableParameters() {
    return adapterSet().trainableParameters(injection.baseParameters());
  }

  @Override
  public Model mergeAndUnload() {
    adapterSet().keepMerged(base.getNDManager());
    close();
    return base;
  }

  @Override
  public void saveMerged(Path directory) {
    throw noCheckpoint("saveMerged");
  }

  @Override
  public MergeReport saveMerged(Path original, Path directory) {
    throw noCheckpoint("saveMerged");
  }

  @Override
  public void saveQuantized(Path directory) {
    throw noCheckpoint("saveQuantized");
  }

  @Override
  public void saveCheckpoint(Path directory) {
    throw noCheckpoint("saveCheckpoint");
  }

  private RuntimeException noCheckpoint(String method) {
    return refusal(method, "call mergeAndUnload() and save(...) on what it returns");
  }

  /**
   * Saves the active adapter in PEFT's format, as DJL's listeners save a model.
   *
   * @param directory where to
   * @param name not used: PEFT's file names are fixed
   */
  @Override
  public void save(Path directory, @Nullable String name) {
    saveAdapter(directory);
  }

  /** Takes the adapters off and frees them; the base stays open, as it was. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    injection.adapters().close();
    if (manager.isOpen()) {
      thawed.forEach(parameter -> parameter.freeze(false));
    }
    AdaptedBlocks.remove(base);
    manager.close();
  }
}
