// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import io.github.lora4j.djl.arch.GgufWeights;
import io.github.lora4j.djl.format.GgufFile;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.nn.Network;
import io.github.lora4j.djl.quant.StoredQuantization;
import java.nio.file.Path;
import java.util.Optional;

/** Weights in a file of llama.cpp. */
record StoredGguf(GgufFile file, GgufWeights weights) implements StoredWeights {
  static StoredGguf open(Path path, HuggingFaceConfig config) {
    GgufFile file = GgufFile.open(path);
    try {
      return new StoredGguf(file, new GgufWeights(file, config));
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
  public void requireAllRead(Network network) {
    weights.requireAllRead();
  }

  @Override
  public void close() {
    file.close();
  }
}
