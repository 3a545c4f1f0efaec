// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import ai.djl.BaseModel;
import ai.djl.Device;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.translate.Translator;
import ai.djl.util.Pair;
import io.github.lora4j.CheckpointException;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.data.LlmTokenizer;
import io.github.lora4j.djl.nn.Network;
import io.github.lora4j.djl.train.StepHooks;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** What models of ours have in common, whatever their network computes. */
abstract sealed class LoadedModel extends BaseModel permits DecoderModel, EncoderModel {
  private final Path directory;
  private final @Nullable LlmTokenizer tokenizer;
  private boolean adapted;

  /**
   * Creates the model.
   *
   * @param name its name
   * @param manager owns its arrays
   * @param block its block
   * @param directory the checkpoint it came from
   * @param tokenizer its tokenizer, if the checkpoint has one
   */
  LoadedModel(
      String name,
      NDManager manager,
      Block block,
      Path directory,
      @Nullable LlmTokenizer tokenizer) {
    super(name);
    this.manager = manager;
    this.block = block;
    this.dataType = DataType.FLOAT32;
    this.modelDir = directory;
    this.wasLoaded = true;
    this.directory = directory;
    this.tokenizer = tokenizer;
  }

  /** What a model is called whose checkpoint lies in a directory. */
  static String nameOf(Path directory) {
    Path name = directory.toAbsolutePath().normalize().getFileName();
    return name == null ? "model" : name.toString();
  }

  /**
   * The checkpoint this came from.
   *
   * @return its directory
   */
  public Path directory() {
    return directory;
  }

  @Nullable LlmTokenizer tokenizerIfAny() {
    return tokenizer;
  }

  /** The tokenizer, if the checkpoint has one. */
  LlmTokenizer requireTokenizer() {
    requireOpen();
    if (tokenizer == null) {
      throw new CheckpointException(
          "%s: no tokenizer.json, nor a GGUF file whose tokenizer can be taken over exactly; put the tokenizer's files there"
              .formatted(new ModelLocation(directory).directory()));
    }
    return tokenizer;
  }

  /** Frees the tokenizer, if there is one. */
  void closeTokenizer() {
    if (tokenizer != null) {
      tokenizer.close();
    }
  }

  @Override
  public void load(Path modelPath, @Nullable String prefix, @Nullable Map<String, ?> options) {
    throw new UnsupportedOperationException(
        "this model is loaded; use HuggingFaceModel for another checkpoint");
  }

  /**
   * {@inheritDoc}
   *
   * @throws ConfigurationException if the model lies on another device
   */
  @Override
  public <I, O> Predictor<I, O> newPredictor(Translator<I, O> translator, Device device) {
    requireOpen();
    if (!device.equals(manager.getDevice())) {
      throw new ConfigurationException(
          "newPredictor: the model is on %s, not on %s; load it there with LoadOptions.withDevice"
              .formatted(manager.getDevice(), device));
    }
    return super.newPredictor(translator, device);
  }

  /** The network that adapters stand on. */
  abstract Network network();

  /** What adapters do in each step of a training, of which the length may be known. */
  StepHooks stepHooks(OptionalInt runLength) {
    return StepHooks.NONE;
  }

  /** Marks whether adapters stand on this model; only one {@code LoraModel} may at a time. */
  void setAdapted(boolean adapted) {
    this.adapted = adapted;
  }

  boolean isAdapted() {
    return adapted;
  }

  boolean isOpen() {
    return manager.isOpen();
  }

  /**
   * Refuses work on what is closed.
   *
   * @throws IllegalStateException if this model or its base is closed
   */
  void requireOpen() {
    if (!isOpen()) {
      throw new IllegalStateException(
          "\"%s\" is closed; load or wrap the model again".formatted(getName()));
    }
  }

  /**
   * Freezes or unfreezes every parameter of the network as it stands.
   *
   * @param freeze whether to freeze
   */
  void freezeAll(boolean freeze) {
    for (Pair<String, Parameter> pair : getBlock().getParameters()) {
      pair.getValue().freeze(freeze);
    }
  }
}
