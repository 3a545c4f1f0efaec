// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.Trainer;
import ai.djl.training.TrainingConfig;
import ai.djl.util.PairList;
import io.github.lora4j.CausalLm;
import io.github.lora4j.data.LlmTokenizer;
import io.github.lora4j.djl.arch.Architecture;
import io.github.lora4j.djl.generate.CachedSession;
import io.github.lora4j.djl.generate.DecodingSession;
import io.github.lora4j.djl.generate.GenerationLoop;
import io.github.lora4j.djl.nn.CausalLmBlock;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.Network;
import io.github.lora4j.djl.train.CausalLmTrainer;
import io.github.lora4j.generate.GenerationConfig;
import io.github.lora4j.generate.GenerationResult;
import io.github.lora4j.generate.TokenListener;
import io.github.lora4j.train.GradientCheckpointing;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** What a checkpoint and a checkpoint with adapters have in common. */
public abstract sealed class DecoderModel extends LoadedModel implements CausalLm
    permits CheckpointModel, AdaptedModel, MixedModel {
  private static final long DROPOUT_SEED = 0;

  private final CausalLmBlock decoderBlock;
  private final Architecture architecture;
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
    super(name, manager, decoderBlock, directory, tokenizer);
    this.decoderBlock = decoderBlock;
    this.architecture = architecture;
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
  Network network() {
    return decoder();
  }

  @Override
  public CausalLmBlock getBlock() {
    return decoderBlock;
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

  @Override
  public LlmTokenizer tokenizer() {
    return requireTokenizer();
  }

  @Override
  public List<GenerationResult> generate(
      List<String> prompts, GenerationConfig config, TokenListener listener) {
    requireOpen();
    return new GenerationLoop(tokenizer(), config).run(prompts, this::newSession, listener);
  }

  @Override
  public List<int[]> generateTokens(List<int[]> prompts, GenerationConfig config) {
    requireOpen();
    LlmTokenizer tokenizer = tokenizerIfAny();
    LlmTokenizer decoding = tokenizer == null ? NoTokenizer.INSTANCE : tokenizer;
    return new GenerationLoop(decoding, config).runTokens(prompts, this::newSession);
  }

  /** Opens a session to decode on. */
  DecodingSession newSession() {
    return new CachedSession(decoder(), manager);
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
    return new CausalLmTrainer(
        this, decoderBlock, config, checkpointing, DROPOUT_SEED, stepHooks(OptionalInt.empty()));
  }
}
