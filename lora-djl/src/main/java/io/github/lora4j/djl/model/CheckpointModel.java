// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import ai.djl.ndarray.NDManager;
import com.google.gson.JsonObject;
import io.github.lora4j.CheckpointException;
import io.github.lora4j.LoadOptions;
import io.github.lora4j.TrainableParameters;
import io.github.lora4j.data.LlmTokenizer;
import io.github.lora4j.djl.arch.Architecture;
import io.github.lora4j.djl.arch.Architectures;
import io.github.lora4j.djl.arch.ComputingWeights;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.kernel.PyTorchEngine;
import io.github.lora4j.djl.nn.CausalLmBlock;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.ModuleSlot;
import io.github.lora4j.djl.nn.RandomWeights;
import io.github.lora4j.train.TrainableModules;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A model as its checkpoint holds it. */
public final class CheckpointModel extends DecoderModel {
  private CheckpointModel(
      NDManager manager,
      Decoder decoder,
      Path directory,
      Architecture architecture,
      @Nullable LlmTokenizer tokenizer) {
    super(
        nameOf(directory), manager, new CausalLmBlock(decoder), directory, architecture, tokenizer);
  }

  /**
   * Loads a checkpoint; if anything is wrong, nothing stays behind.
   *
   * @param path the checkpoint's directory, or a file of llama.cpp
   * @param options where and how
   * @return the model, frozen
   * @throws CheckpointException naming what is wrong
   */
  public static CheckpointModel load(Path path, LoadOptions options) {
    CheckpointLoader loader = CheckpointLoader.open(path, options);
    Architecture architecture = Architectures.of(loader.config());
    CheckpointLoader.Loaded<Decoder> loaded =
        loader.load(
            architecture,
            (manager, weights) -> architecture.build(loader.config(), manager, weights));
    return new CheckpointModel(
        loaded.manager(), loaded.network(), path, architecture, loaded.tokenizer());
  }

  /**
   * Builds a model with random weights, as pretraining starts and benchmarks need it; without a
   * tokenizer.
   *
   * @param name what to call it
   * @param config the configuration, as {@code config.json} says it
   * @return the model, frozen, on the CPU
   * @throws CheckpointException if the configuration cannot be
   */
  public static CheckpointModel random(String name, JsonObject config) {
    return random(name, config, LoadOptions.defaults());
  }

  /**
   * Builds a model with random weights, quantised if wanted.
   *
   * @param name what to call it
   * @param config the configuration, as {@code config.json} says it
   * @param options where and how
   * @return the model, frozen
   * @throws CheckpointException if the configuration cannot be
   * @throws io.github.lora4j.ConfigurationException if the compute type is none for this device
   */
  public static CheckpointModel random(String name, JsonObject config, LoadOptions options) {
    ComputeSupport.require(options, options.quantization().isPresent());
    HuggingFaceConfig described = HuggingFaceConfig.of(Path.of(name), config);
    Architecture architecture = Architectures.of(described);
    NDManager manager = PyTorchEngine.newManager(options.device());
    try {
      Decoder decoder =
          architecture.build(
              described,
              manager,
              new ComputingWeights(
                  WeightSources.quantizing(new RandomWeights(), architecture, options),
                  options.computeType()));
      return new CheckpointModel(manager, decoder, Path.of(name), architecture, null);
    } catch (RuntimeException e) {
      manager.close();
      throw e;
    }
  }

  @Override
  public void train(TrainableModules modules) {
    requireOpen();
    if (isAdapted()) {
      throw new IllegalStateException(
          "\"%s\" has adapters; close the LoraModel before choosing what of the base trains"
              .formatted(getName()));
    }
    freezeAll(true);
    Trainability.unfreeze(decoder(), modules);
  }

  @Override
  public TrainableParameters trainableParameters() {
    requireOpen();
    return BaseParameters.count(decoder());
  }

  /** {@inheritDoc} The base's own weights, even while adapters stand on it. */
  @Override
  public void saveCheckpoint(Path target) {
    requireOpen();
    MergedWeights.ofBase(decoder(), architecture()).write(directory(), target);
  }

  /** {@inheritDoc} The base's own weights, even while adapters stand on it. */
  @Override
  public void saveQuantized(Path target) {
    requireOpen();
    QuantizedFiles.write(directory(), target, decoder(), ModuleSlot::base);
  }

  /**
   * Saves a Hugging Face checkpoint, as DJL's listeners save a model.
   *
   * @param target where to
   * @param name not used: the file names are transformers'
   */
  @Override
  public void save(Path target, @Nullable String name) {
    saveCheckpoint(target);
  }

  @Override
  public void close() {
    closeTokenizer();
    super.close();
  }
}
