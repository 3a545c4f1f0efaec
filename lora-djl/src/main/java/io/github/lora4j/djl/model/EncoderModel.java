// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import ai.djl.modality.Classifications;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.Trainer;
import ai.djl.training.TrainingConfig;
import ai.djl.util.PairList;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.EncoderTask;
import io.github.lora4j.TextEncoder;
import io.github.lora4j.data.LlmTokenizer;
import io.github.lora4j.djl.kernel.EngineMode;
import io.github.lora4j.djl.nn.Encoder;
import io.github.lora4j.djl.nn.EncoderBlock;
import io.github.lora4j.djl.nn.Network;
import io.github.lora4j.djl.nn.RaggedBatch;
import io.github.lora4j.djl.tape.Tape;
import io.github.lora4j.djl.train.EncoderTrainer;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** What an encoder and an encoder with adapters have in common. */
abstract sealed class EncoderModel extends LoadedModel implements TextEncoder
    permits CheckpointEncoder, AdaptedEncoder {
  private final EncoderBlock encoderBlock;
  private final EncoderTask task;
  private final LabelScores scores;

  /**
   * Creates the model.
   *
   * @param name its name
   * @param manager owns its arrays
   * @param encoderBlock its block
   * @param task what its head computes
   * @param scores what its logits mean
   * @param directory the checkpoint it came from
   * @param tokenizer its tokenizer, if the checkpoint has one
   */
  EncoderModel(
      String name,
      NDManager manager,
      EncoderBlock encoderBlock,
      EncoderTask task,
      LabelScores scores,
      Path directory,
      @Nullable LlmTokenizer tokenizer) {
    super(name, manager, encoderBlock, directory, tokenizer);
    this.encoderBlock = encoderBlock;
    this.task = task;
    this.scores = scores;
  }

  Encoder encoder() {
    return encoderBlock.encoder();
  }

  @Override
  Network network() {
    return encoder();
  }

  @Override
  public EncoderBlock getBlock() {
    return encoderBlock;
  }

  @Override
  public EncoderTask task() {
    return task;
  }

  @Override
  public List<String> labels() {
    return scores.labels();
  }

  LabelScores scores() {
    return scores;
  }

  @Override
  public LlmTokenizer tokenizer() {
    return requireTokenizer();
  }

  @Override
  public List<Classifications> classify(List<String> texts) {
    LlmTokenizer tokenizer = requireTokenizer();
    if (task != EncoderTask.SEQUENCE_CLASSIFICATION) {
      throw new ConfigurationException(
          "classify: the head of \"%s\" is for %s; load a checkpoint for sequence classification"
              .formatted(getName(), task.name().toLowerCase(Locale.ROOT).replace('_', ' ')));
    }
    if (texts.isEmpty()) {
      return List.of();
    }
    RaggedBatch tokens =
        RaggedBatch.of(texts.stream().map(text -> tokenizer.encode(text, true)).toList());
    try (NDManager scope = manager.newSubManager();
        EngineMode mode = EngineMode.inference()) {
      NDArray logits = encoder().logits(scope, encoder().batch(tokens), false, Tape.NONE);
      return scores.of(logits);
    }
  }

  @Override
  public PairList<String, Shape> describeOutput() {
    Shape logits = encoderBlock.getOutputShapes(new Shape[] {new Shape(-1, -1)})[0];
    return new PairList<>(List.of("logits"), List.of(logits));
  }

  @Override
  public Trainer newTrainer(TrainingConfig config) {
    requireOpen();
    return new EncoderTrainer(this, encoderBlock, config, stepHooks(OptionalInt.empty()));
  }
}
