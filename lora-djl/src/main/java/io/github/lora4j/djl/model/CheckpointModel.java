package io.github.lora4j.djl.model;

import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import ai.djl.util.Pair;
import com.google.gson.JsonObject;
import io.github.lora4j.CheckpointException;
import io.github.lora4j.LoadOptions;
import io.github.lora4j.TrainableParameters;
import io.github.lora4j.data.LlmTokenizer;
import io.github.lora4j.djl.arch.Architecture;
import io.github.lora4j.djl.arch.Architectures;
import io.github.lora4j.djl.arch.CheckpointWeights;
import io.github.lora4j.djl.arch.ComputingWeights;
import io.github.lora4j.djl.format.Checkpoint;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.kernel.PyTorchEngine;
import io.github.lora4j.djl.nn.CausalLmBlock;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.ModuleSlot;
import io.github.lora4j.djl.nn.QuantizedLinear;
import io.github.lora4j.djl.nn.RandomWeights;
import io.github.lora4j.djl.text.HuggingFaceLlmTokenizer;
import io.github.lora4j.train.TrainableModules;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A model as its checkpoint holds it. */
public final class CheckpointModel extends DecoderModel {
  private boolean adapted;

  private CheckpointModel(
      NDManager manager,
      Decoder decoder,
      Path directory,
      Architecture architecture,
      @Nullable LlmTokenizer tokenizer) {
    super(
        nameOf(directory), manager, new CausalLmBlock(decoder), directory, architecture, tokenizer);
  }

  private static String nameOf(Path directory) {
    Path name = directory.toAbsolutePath().normalize().getFileName();
    return name == null ? "model" : name.toString();
  }

  /**
   * Loads a checkpoint; if anything is wrong, nothing stays behind.
   *
   * @param directory the checkpoint
   * @param options where and how
   * @return the model, frozen
   * @throws CheckpointException naming what is wrong
   */
  public static CheckpointModel load(Path directory, LoadOptions options) {
    requireDirectory(directory);
    HuggingFaceConfig config = HuggingFaceConfig.read(directory);
    Architecture architecture = Architectures.of(config);
    WeightSources sources = WeightSources.of(config, options);
    LlmTokenizer tokenizer = tokenizerOf(directory);
    NDManager manager = null;
    try (Checkpoint checkpoint = Checkpoint.open(directory)) {
      manager = PyTorchEngine.newManager(options.device());
      CheckpointWeights weights = new CheckpointWeights(checkpoint, architecture);
      Decoder decoder = architecture.build(config, manager, sources.source(weights));
      weights.requireAllRead(tiedHead(decoder));
      sources.check(decoder);
      return new CheckpointModel(manager, decoder, directory, architecture, tokenizer);
    } catch (RuntimeException | Error e) {
      if (manager != null) {
        manager.close();
      }
      if (tokenizer != null) {
        tokenizer.close();
      }
      throw e;
    }
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
                  WeightSources.quantizing(new RandomWeights(), options), options.computeType()));
      return new CheckpointModel(manager, decoder, Path.of(name), architecture, null);
    } catch (RuntimeException e) {
      manager.close();
      throw e;
    }
  }

  /** The name of a head's weight that checkpoints may carry although it is the embedding's. */
  static Optional<String> tiedHead(Decoder decoder) {
    return decoder.spec().tiedHead()
        ? Optional.of(decoder.head().name() + ".weight")
        : Optional.empty();
  }

  private static void requireDirectory(Path directory) {
    if (!Files.isDirectory(directory)) {
      throw new CheckpointException(
          "%s: no such directory; a checkpoint is a directory with config.json and weights"
              .formatted(directory));
    }
  }

  private static @Nullable LlmTokenizer tokenizerOf(Path directory) {
    return Files.isRegularFile(directory.resolve("tokenizer.json"))
        ? HuggingFaceLlmTokenizer.open(directory)
        : null;
  }

  /** Marks whether adapters stand on this model; only one {@link AdaptedModel} may at a time. */
  void setAdapted(boolean adapted) {
    this.adapted = adapted;
  }

  boolean isAdapted() {
    return adapted;
  }

  @Override
  public void train(TrainableModules modules) {
    requireOpen();
    if (adapted) {
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
    long total = 0;
    long trainable = 0;
    for (Pair<String, Parameter> pair : decoder().baseParameters()) {
      long size = pair.getValue().getShape().size();
      total += size;
      trainable += pair.getValue().requiresGradient() ? size : 0;
    }
    for (QuantizedLinear linear : decoder().quantized().values()) {
      total += linear.tensor().shape().size();
    }
    return new TrainableParameters(trainable, total);
  }

  /** {@inheritDoc} The base's own weights, even while adapters stand on it. */
  @Override
  public void saveCheckpoint(Path target) {
    requireOpen();
    CheckpointFiles.write(
        directory(), target, MergedWeights.ofBase(decoder()), decoder().isHeadTied());
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
    LlmTokenizer tokenizer = tokenizerIfAny();
    if (tokenizer != null) {
      tokenizer.close();
    }
    super.close();
  }
}
