// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import ai.djl.nn.Block;
import io.github.lora4j.AdapterConfig;
import io.github.lora4j.AdapterException;
import io.github.lora4j.CausalLm;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.LoraLinear;
import io.github.lora4j.MergeReport;
import io.github.lora4j.TrainableParameters;
import io.github.lora4j.djl.inject.AdapterSet;
import io.github.lora4j.djl.inject.DecoderFamilies;
import io.github.lora4j.djl.inject.InstalledAdapter;
import io.github.lora4j.djl.inject.NetworkAdapters;
import io.github.lora4j.djl.inject.NetworkHost;
import io.github.lora4j.djl.nn.ModuleSlot;
import io.github.lora4j.djl.train.StepHooks;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** A causal language model with adapters on it. */
public final class AdaptedModel extends DecoderModel implements AdapterSetModel {
  private final CheckpointModel base;
  private final AdapterSet adapters;
  private final AdaptedBase taken;
  private boolean closed;

  private AdaptedModel(CheckpointModel base, AdaptedBase taken) {
    super(
        base.getName(),
        base.getNDManager().newSubManager(),
        base.getBlock(),
        base.directory(),
        base.architecture(),
        base.tokenizerIfAny());
    this.base = base;
    this.taken = taken;
    adapters =
        new AdapterSet(
            new NetworkHost(
                base.getName(),
                base.decoder(),
                base.architecture().defaultTargets(),
                DecoderFamilies.of(
                    base.decoder(), base.architecture().modelType(), base::tokenizer),
                new CheckpointOriginals(base.directory(), base.architecture())),
            manager);
    setGradientCheckpointing(base.gradientCheckpointing());
  }

  /**
   * Puts a new adapter on a model.
   *
   * @param model the model
   * @param config what kind of adapter, on which modules, and how
   * @return the model with the adapter active
   * @throws ConfigurationException if the model has adapters already or nothing matches
   */
  public static AdaptedModel wrap(CheckpointModel model, AdapterConfig config) {
    return AdapterSetModel.begin(
        new AdaptedModel(model, AdaptedBase.take(model)),
        adapted -> adapted.addAdapter(DEFAULT_ADAPTER, config));
  }

  /** A model that adapters will be added to one by one. */
  static AdaptedModel withoutAdapters(CheckpointModel model) {
    return new AdaptedModel(model, AdaptedBase.take(model));
  }

  /**
   * Puts a saved adapter on a model.
   *
   * @param model the model
   * @param adapterDirectory the adapter
   * @return the model with the adapter active
   * @throws AdapterException if the adapter is damaged or another model's
   */
  public static AdaptedModel load(CheckpointModel model, Path adapterDirectory) {
    return AdapterSetModel.begin(
        new AdaptedModel(model, AdaptedBase.take(model)),
        adapted -> adapted.loadAdapter(DEFAULT_ADAPTER, adapterDirectory));
  }

  @Override
  public AdapterSet adapterSet() {
    requireOpen();
    return adapters;
  }

  /**
   * The one active adapter, enabled or not.
   *
   * @return the adapter
   * @throws IllegalStateException if there is none, or more than one
   */
  public InstalledAdapter requireActive() {
    return adapterSet().requireActive();
  }

  @Override
  public CausalLm forAdapters(List<String> adapterOfRow) {
    adapterSet().rows(adapterOfRow);
    return new MixedModel(this, adapterOfRow);
  }

  @Override
  public CausalLm mergeAndUnload() {
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
    MergedWeights.of(decoder(), architecture(), adaptersToSave()).write(directory(), target);
  }

  @Override
  public MergeReport saveMerged(Path original, Path target) {
    return new OriginalMerge(decoder(), adaptersToSave(), architecture(), manager)
        .write(original, target);
  }

  @Override
  public void saveQuantized(Path target) {
    requireOpen();
    if (isMerged()) {
      QuantizedFiles.write(directory(), target, decoder(), AdaptedModel::blockInUse);
    } else {
      base.saveQuantized(target);
    }
  }

  private static Block blockInUse(ModuleSlot slot) {
    return slot.block() instanceof LoraLinear lora ? lora.base() : slot.block();
  }

  /** {@inheritDoc} With the adapters in use merged, or the base's own weights if none is. */
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
