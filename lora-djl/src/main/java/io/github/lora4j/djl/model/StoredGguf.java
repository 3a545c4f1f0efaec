package io.github.lora4j.djl.model;

import io.github.lora4j.djl.arch.Architecture;
import io.github.lora4j.djl.arch.Architectures;
import io.github.lora4j.djl.arch.GgufConfig;
import io.github.lora4j.djl.arch.GgufWeights;
import io.github.lora4j.djl.format.GgufFile;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.quant.StoredQuantization;
import java.nio.file.Path;
import java.util.Optional;

/** A model's file of llama.cpp. */
record StoredGguf(
    HuggingFaceConfig config, Architecture architecture, GgufFile file, GgufWeights weights)
    implements StoredModel {
  static StoredGguf open(Path path) {
    GgufFile file = GgufFile.open(path);
    try {
      HuggingFaceConfig config = GgufConfig.of(file);
      Architecture architecture = Architectures.of(config);
      return new StoredGguf(config, architecture, file, new GgufWeights(file, config));
    } catch (RuntimeException | Error e) {
      file.close();
      throw e;
    }
  }

  @Override
  public Optional<StoredQuantization> quantization() {
    return weights.packedTypes().map(types -> () -> types);
  }

  @Override
  public void requireAllRead(Decoder decoder) {
    weights.requireAllRead();
  }

  @Override
  public void close() {
    file.close();
  }
}
