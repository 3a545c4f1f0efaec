package io.github.lora4j.djl.model;

import io.github.lora4j.CheckpointException;
import io.github.lora4j.djl.arch.Architecture;
import io.github.lora4j.djl.arch.Architectures;
import io.github.lora4j.djl.arch.CheckpointWeights;
import io.github.lora4j.djl.format.Checkpoint;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.quant.PackedFormat;
import io.github.lora4j.djl.quant.QuantizationConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** A directory as the Hugging Face hub lays it out. */
record StoredCheckpoint(
    HuggingFaceConfig config,
    Architecture architecture,
    Optional<PackedFormat> quantization,
    Checkpoint checkpoint,
    CheckpointWeights weights)
    implements StoredModel {
  static StoredCheckpoint open(Path directory) {
    requireDirectory(directory);
    HuggingFaceConfig config = HuggingFaceConfig.read(directory);
    Architecture architecture = Architectures.of(config);
    PackedFormat format = QuantizationConfig.format(config);
    Checkpoint checkpoint = Checkpoint.open(directory);
    return new StoredCheckpoint(
        config,
        architecture,
        QuantizationConfig.read(config),
        checkpoint,
        new CheckpointWeights(checkpoint, architecture, format));
  }

  private static void requireDirectory(Path directory) {
    if (!Files.isDirectory(directory)) {
      throw new CheckpointException(
          "%s: no such directory; a checkpoint is a directory with config.json and weights, or a .gguf file"
              .formatted(directory));
    }
  }

  @Override
  public void requireAllRead(Decoder decoder) {
    weights.requireAllRead(CheckpointModel.tiedHead(decoder));
  }

  @Override
  public void close() {
    checkpoint.close();
  }
}
