package io.github.lora4j.djl.model;

import io.github.lora4j.CheckpointException;
import io.github.lora4j.djl.arch.Architecture;
import io.github.lora4j.djl.format.GgufFile;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.WeightSource;
import io.github.lora4j.djl.quant.StoredQuantization;
import java.nio.file.Path;
import java.util.Optional;

/** A model's files, open for loading. */
interface StoredModel extends AutoCloseable {
  /**
   * Opens a model's files.
   *
   * @param path a checkpoint's directory, or a file of llama.cpp
   * @return the files, to be closed by the caller
   * @throws CheckpointException naming what is wrong with them
   */
  static StoredModel open(Path path) {
    return GgufFile.isNamed(path) ? StoredGguf.open(path) : StoredCheckpoint.open(path);
  }

  /** The configuration, in the words of {@code config.json}. */
  HuggingFaceConfig config();

  /** The architecture that the configuration names. */
  Architecture architecture();

  /** How the weights are quantised, if they are. */
  Optional<? extends StoredQuantization> quantization();

  /** The weights as they are stored. */
  WeightSource weights();

  /** Refuses files that hold what the model does not need. */
  void requireAllRead(Decoder decoder);

  @Override
  void close();
}
