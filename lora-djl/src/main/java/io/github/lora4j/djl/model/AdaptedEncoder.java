// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import io.github.lora4j.AdapterConfig;
import io.github.lora4j.AdapterException;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.MergeReport;
import io.github.lora4j.TextEncoder;
import io.github.lora4j.TrainableParameters;
import io.github.lora4j.data.LlmTokenizer;
import io.github.lora4j.djl.inject.AdapterSet;
import io.github.lora4j.djl.inject.NetworkAdapters;
import io.github.lora4j.djl.inject.NetworkHost;
import io.github.lora4j.djl.train.StepHooks;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** An encoder with adapters on it. */
final class AdaptedEncoder extends EncoderModel implements AdapterSetModel, NoText {
  private final CheckpointEncoder base;
  private final AdaptedBase taken;
  private final AdapterSet adapters;
  private boolean closed;

  private AdaptedEncoder(CheckpointEncoder base, AdaptedBase taken) {
    super(
        base.getName(),
        base.getNDManager().newSubManager(),
        base.getBlock(),
        base.task(),
        base.scores(),
        base.directory(),
        base.tokenizerIfAny());
    this.base = base;
    this.taken = taken;
    adapters =
        new AdapterSet(
            new NetworkHost(
                base.getName(),
                base.encoder(),
                base.architecture().defaultTargets(),
                new CheckpointOriginals(base.directory(), base.architecture())),
            manager);
  }

  /**
   * Puts a new adapter on an encoder.
   *
   * @param model the encoder
   * @param config what kind of adapter, on which modules, and how
   * @return the encoder with the adapter active
   * @throws ConfigurationException if the encoder has adapters already or nothing matches
   */
  static AdaptedEncoder wrap(CheckpointEncoder model, AdapterConfig config) {
    return AdapterSetModel.begin(
        new AdaptedEncoder(model, AdaptedBase.take(model)),
        adapted -> adapted.addAdapter(DEFAULT_ADAPTER, config));
  }

  /**
   * Puts a saved adapter on an encoder.
   *
   * @param model the encoder
   * @param adapterDirectory the adapter
   * @return the encoder with the adapter active
   * @throws AdapterException if the adapter is damaged or another model's
   */
  static AdaptedEncoder load(CheckpointEncoder model, Path adapterDirectory) {
    return AdapterSetModel.begin(
        new AdaptedEncoder(model, AdaptedBase.take(model)),
        adapted -> adapted.loadAdapter(DEFAULT_ADAPTER, adapterDirectory));
  }

  @Override
  public String kind() {
    return "a %s encoder".formatted(base.architecture().modelType());
  }

  @Override
  public LlmTokenizer tokenizer() {
    return requireTokenizer();
  }

  @Override
  public AdapterSet adapterSet() {
    requireOpen();
    return adapters;
  }

  @Override
  public TextEncoder mergeAndUnload() {
    adapterSet().keepMerged(base.getNDManager());
    taken.stayFrozen();
    close();
    return base;
  }

  @Override
  public TrainableParameters trainableParameters() {
    return adapterSet().trainableParameters(base.trainableParameters().total());
  }

  private NetworkAdapters adaptersToSave() {
    return NetworkAdapters.of(adapterSet().requireInUse("save the merged model"));
  }

  @Override
  public void saveMerged(Path target) {
    MergedWeights.of(encoder(), base.architecture(), adaptersToSave()).write(directory(), target);
  }

  @Override
  public MergeReport saveMerged(Path original, Path target) {
    return new OriginalMerge(encoder(), adaptersToSave(), base.architecture(), manager)
        .write(original, target);
  }

  /**
   * {@inheritDoc}
   *
   * @throws ConfigurationException always: an encoder is saved in float32
   */
  @Override
  public void saveQuantized(Path target) {
    throw new ConfigurationException(
        "saveQuantized: \"%s\" is %s, which is saved in float32; call saveMerged or saveCheckpoint"
            .formatted(getName(), kind()));
  }

  /** {@inheritDoc} With the adapter in use merged, or the base's own weights if none is. */
  @Override
  public void saveCheckpoint(Path target) {
    if (activeAdapter().isPresent()) {
      saveMerged(target);
    } else {
      base.saveCheckpoint(target);
    }
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

  @Override
  StepHooks stepHooks(OptionalInt runLength) {
    return new StepHooks(adapterSet().stepHooks(runLength));
  }

  /** Takes the adapters off and frees them; the base stays open, as it was. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    adapters.close();
    taken.release();
    manager.close();
  }
}
