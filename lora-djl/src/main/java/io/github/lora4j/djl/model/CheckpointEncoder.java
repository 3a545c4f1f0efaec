// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import io.github.lora4j.CheckpointException;
import io.github.lora4j.EncoderTask;
import io.github.lora4j.LoadOptions;
import io.github.lora4j.TrainableParameters;
import io.github.lora4j.djl.arch.Architectures;
import io.github.lora4j.djl.arch.EncoderArchitecture;
import io.github.lora4j.djl.arch.EncoderTasks;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.nn.Encoder;
import io.github.lora4j.djl.nn.EncoderBlock;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An encoder as its checkpoint holds it. */
final class CheckpointEncoder extends EncoderModel {
  private final EncoderArchitecture architecture;

  private CheckpointEncoder(
      Path directory,
      EncoderArchitecture architecture,
      EncoderTask task,
      LabelScores scores,
      CheckpointLoader.Loaded<Encoder> loaded) {
    super(
        nameOf(directory),
        loaded.manager(),
        new EncoderBlock(loaded.network()),
        task,
        scores,
        directory,
        loaded.tokenizer());
    this.architecture = architecture;
  }

  private static List<String> labels(HuggingFaceConfig config, EncoderTask task) {
    return task == EncoderTask.MASKED_LM ? List.of() : EncoderTasks.labels(config);
  }

  /**
   * Loads a checkpoint; if anything is wrong, nothing stays behind.
   *
   * @param directory the checkpoint
   * @param options where and how
   * @return the model, frozen
   * @throws CheckpointException naming what is wrong
   */
  static CheckpointEncoder load(Path directory, LoadOptions options) {
    CheckpointLoader loader = CheckpointLoader.open(directory, options);
    HuggingFaceConfig config = loader.config();
    EncoderArchitecture architecture = Architectures.ofEncoder(config);
    EncoderTask task = EncoderTasks.of(config);
    LabelScores scores = LabelScores.of(config, labels(config, task));
    return new CheckpointEncoder(
        directory,
        architecture,
        task,
        scores,
        loader.load(
            architecture, (manager, weights) -> architecture.build(config, manager, weights)));
  }

  EncoderArchitecture architecture() {
    return architecture;
  }

  @Override
  public TrainableParameters trainableParameters() {
    requireOpen();
    return BaseParameters.count(encoder());
  }

  /** {@inheritDoc} The base's own weights, even while adapters stand on it. */
  @Override
  public void saveCheckpoint(Path target) {
    requireOpen();
    MergedWeights.ofBase(encoder(), architecture).write(directory(), target);
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
