// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import io.github.lora4j.CheckpointException;
import io.github.lora4j.djl.arch.Architecture;
import io.github.lora4j.djl.arch.Architectures;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.kernel.PyTorchEngine;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.RandomWeights;
import java.nio.file.Path;

/** Checkpoints as pretraining starts from: a configuration and weights by chance. */
public final class RandomCheckpoint {
  private RandomCheckpoint() {}

  /**
   * Draws the weights of the model that {@code config.json} describes and writes them beside it,
   * float32; the configuration then says so.
   *
   * @param directory holds {@code config.json}; weights in it are replaced
   * @param seed of the engine's generator, which is set to it
   * @throws CheckpointException if the configuration cannot be read or the weights not be written
   */
  public static void write(Path directory, int seed) {
    HuggingFaceConfig config = HuggingFaceConfig.read(directory);
    try (NDManager manager = PyTorchEngine.newManager(Device.cpu())) {
      manager.getEngine().setRandomSeed(seed);
      Architecture architecture = Architectures.of(config);
      Decoder decoder = architecture.build(config, manager, new RandomWeights());
      MergedWeights.ofBase(decoder, architecture).write(directory, directory);
    }
  }
}
