// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import io.github.lora4j.CheckpointException;
import io.github.lora4j.djl.arch.ModelFamily;
import io.github.lora4j.djl.format.GgufFile;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.nn.Network;
import io.github.lora4j.djl.nn.WeightSource;
import io.github.lora4j.djl.quant.StoredQuantization;
import java.nio.file.Path;
import java.util.Optional;

/** The files of a model's weights, open for loading. */
interface StoredWeights extends AutoCloseable {
  /**
   * Opens the files.
   *
   * @param path a checkpoint's directory, or a file of llama.cpp
   * @param config its configuration
   * @param family the family the model is of
   * @return the files, to be closed by the caller
   * @throws CheckpointException naming what is wrong with them
   */
  static StoredWeights open(Path path, HuggingFaceConfig config, ModelFamily family) {
    return GgufFile.isNamed(path)
        ? StoredGguf.open(path, config)
        : StoredCheckpoint.open(path, config, family);
  }

  /** How the weights are quantised, if they are. */
  Optional<? extends StoredQuantization> quantization();

  /** The weights as they are stored. */
  WeightSource weights();

  /** Refuses files that hold what the model does not need. */
  void requireAllRead(Network network);

  @Override
  void close();
}
