// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import io.github.lora4j.djl.arch.CheckpointWeights;
import io.github.lora4j.djl.arch.ModelFamily;
import io.github.lora4j.djl.format.Checkpoint;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.nn.Network;
import io.github.lora4j.djl.quant.PackedFormat;
import io.github.lora4j.djl.quant.QuantizationConfig;
import java.nio.file.Path;
import java.util.Optional;

/** Weights as the Hugging Face hub lays them out. */
record StoredCheckpoint(
    Checkpoint checkpoint, CheckpointWeights weights, Optional<PackedFormat> quantization)
    implements StoredWeights {
  static StoredCheckpoint open(Path directory, HuggingFaceConfig config, ModelFamily family) {
    Optional<PackedFormat> quantization = QuantizationConfig.read(config);
    PackedFormat format = QuantizationConfig.format(config);
    Checkpoint checkpoint = Checkpoint.open(directory);
    return new StoredCheckpoint(
        checkpoint, new CheckpointWeights(checkpoint, family, format), quantization);
  }

  @Override
  public void requireAllRead(Network network) {
    weights.requireAllRead(CheckpointLoader.tiedHead(network));
  }

  @Override
  public void close() {
    checkpoint.close();
  }
}
