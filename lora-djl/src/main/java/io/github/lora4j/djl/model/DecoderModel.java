package io.github.lora4j.djl.model;

import ai.djl.BaseModel;
import ai.djl.Device;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.Trainer;
import ai.djl.training.TrainingConfig;
import ai.djl.translate.Translator;
import ai.djl.util.Pair;
import ai.djl.util.PairList;
import io.github.lora4j.CausalLm;
import io.github.lora4j.CheckpointException;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.data.LlmTokenizer;
import io.github.lora4j.djl.arch.Architecture;
import io.github.lora4j.djl.generate.CachedSession;
import io.github.lora4j.djl.generate.GenerationLoop;
import io.github.lora4j.djl.nn.CausalLmBlock;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.train.CausalLmTrainer;
import io.github.lora4j.generate.GenerationConfig;
import io.github.lora4j.generate.GenerationResult;
import io.github.lora4j.generate.TokenListener;
import io.github.lora4j.train.GradientCheckpointing;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a checkpoint and a checkpoint with adapters have in common. */
public abstract sealed class DecoderModel extends BaseModel implements CausalLm
    permits CheckpointModel, AdaptedModel {
  private static final long DROPOUT_SEED = 0;

  private final CausalLmBlock decoderBlock;
  private final Path directory;
  private final Architecture architecture;
  private final @Nullable LlmTokenizer tokenizer;
  private GradientCheckpointing checkpointing;

  /**
   * Creates the model.
   *
   * @param name its name
   * @param manager owns its arrays
   * @param decoderBlock its block
   * @param directory the checkpoint it came from
   * @param architecture its architecture
   * @param tokenizer its tokenizer, if the checkpoint has one
   */
  protected DecoderModel(
      String name,
      NDManager manager,
      CausalLmBlock decoderBlock,
      Path directory,
      Architecture architecture,
      @Nullable LlmTokenizer tokenizer) {
    super(name);
    this.manager = manager;
    this.block = decoderBlock;
    this.dataType = DataType.FLOAT32;
    this.modelDir = directory;
    this.wasLoaded = true;
    this.decoderBlock = decoderBlock;
    this.directory = directory;
    this.architecture = architecture;
    this.tokenizer = tokenizer;
    checkpointing =
        decoderBlock.decoder().quantized().isEmpty()
            ? GradientCheckpointing.none()
            : GradientCheckpointing.everyLayer();
  }

  /**
   * The decoder.
   *
   * @return the decoder
   */
  public Decoder decoder() {
    return decoderBlock.decoder();
  }

  @Override
  public CausalLmBlock getBlock() {
    return decoderBlock;
  }

  /**
   * The checkpoint this came from.
   *
   * @return its directory
   */
  public Path directory() {
    return directory;
  }

  /**
   * The architecture.
   *
   * @return the architecture
   */
  public Architecture architecture() {
    return architecture;
  }

  /**
   * How much of the forward pass is kept.
   *
   * @return the choice
   */
  public GradientCheckpointing gradientCheckpointing() {
    return checkpointing;
  }

  @Nullable LlmTokenizer tokenizerIfAny() {
    return tokenizer;
  }

  @Override
  public void load(Path modelPath, @Nullable String prefix, @Nullable Map<String, ?> options) {
    throw new UnsupportedOperationException(
        "this model is loaded; use HuggingFaceModel.load for another checkpoint");
  }

  @Override
  public LlmTokenizer tokenizer() {
    requireOpen();
    if (tokenizer == null) {
      throw new CheckpointException(
          "%s: no tokenizer.json; put the tokenizer's files there"
              .formatted(new ModelLocation(directory).directory()));
    }
    return tokenizer;
  }

  @Override
  public List<GenerationResult> generate(
      List<String> prompts, GenerationConfig config, TokenListener listener) {
    requireOpen();
    return new GenerationLoop(tokenizer(), config)
        .run(prompts, () -> new CachedSession(decoder(), manager), listener);
  }

  @Override
  public List<int[]> generateTokens(List<int[]> prompts, GenerationConfig config) {
    requireOpen();
    LlmTokenizer decoding = tokenizer == null ? NoTokenizer.INSTANCE : tokenizer;
    return new GenerationLoop(decoding, config)
        .runTokens(prompts, () -> new CachedSession(decoder(), manager));
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

  @Override
  public PairList<String, Shape> describeOutput() {
    Shape logits = new Shape(-1, -1, decoder().spec().vocabularySize());
    return new PairList<>(List.of("logits"), List.of(logits));
  }

  @Override
  public void setGradientCheckpointing(GradientCheckpointing checkpointing) {
    this.checkpointing = Objects.requireNonNull(checkpointing);
  }

  @Override
  public Trainer newTrainer(TrainingConfig config) {
    requireOpen();
    return new CausalLmTrainer(this, decoderBlock, config, checkpointing, DROPOUT_SEED);
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
   * Freezes or unfreezes every parameter of the decoder as it stands.
   *
   * @param freeze whether to freeze
   */
  void freezeAll(boolean freeze) {
    for (Pair<String, Parameter> pair : decoder().parameters()) {
      pair.getValue().freeze(freeze);
    }
  }
}
