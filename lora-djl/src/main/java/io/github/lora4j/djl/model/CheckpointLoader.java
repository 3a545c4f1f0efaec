// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import ai.djl.ndarray.NDManager;
import io.github.lora4j.CheckpointException;
import io.github.lora4j.LoadOptions;
import io.github.lora4j.data.LlmTokenizer;
import io.github.lora4j.djl.arch.ModelFamily;
import io.github.lora4j.djl.format.GgufFile;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.kernel.PyTorchEngine;
import io.github.lora4j.djl.nn.Network;
import io.github.lora4j.djl.nn.TableSharing;
import io.github.lora4j.djl.nn.WeightSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Loads the checkpoint of one model, whatever its kind.
 *
 * @param path the checkpoint's directory, or a file of llama.cpp
 * @param config its configuration
 * @param options where and how
 */
record CheckpointLoader(Path path, HuggingFaceConfig config, LoadOptions options) {
  /**
   * Reads the configuration.
   *
   * @throws CheckpointException if there is no such directory, or its configuration is damaged
   */
  static CheckpointLoader open(Path path, LoadOptions options) {
    if (!GgufFile.isNamed(path) && !Files.isDirectory(path)) {
      throw new CheckpointException(
          "%s: no such directory; a checkpoint is a directory with config.json and weights, or a file .gguf"
              .formatted(path));
    }
    return new CheckpointLoader(path, new ModelLocation(path).config(), options);
  }

  /**
   * Loads weights and tokenizer; if anything is wrong, nothing stays behind.
   *
   * @param family the model's family
   * @param build builds the network on a manager from weights
   * @throws CheckpointException naming what is wrong
   */
  <N extends Network> Loaded<N> load(
      ModelFamily family, BiFunction<NDManager, WeightSource, N> build) {
    LlmTokenizer tokenizer = tokenizer();
    NDManager manager = null;
    try (StoredWeights stored = StoredWeights.open(path, config, family)) {
      WeightSources sources = WeightSources.of(config, family, stored.quantization(), options);
      manager = PyTorchEngine.newManager(options.device());
      N network = build.apply(manager, sources.source(stored.weights()));
      stored.requireAllRead(network);
      sources.check(network);
      return new Loaded<>(manager, network, tokenizer);
    } catch (RuntimeException | Error e) {
      if (manager != null) {
        manager.close();
      }
      if (tokenizer != null) {
        tokenizer.close();
      }
      throw e;
    }
  }

  private @Nullable LlmTokenizer tokenizer() {
    return new ModelLocation(path).tokenizer().orElse(null);
  }

  /** The name of a head's weight that checkpoints may carry although it is the embedding's. */
  static Optional<String> tiedHead(Network network) {
    return network.tableSharing().filter(TableSharing::ofBase).map(TableSharing::headWeight);
  }

  /**
   * What was loaded.
   *
   * @param manager owns the weights
   * @param network the network, frozen
   * @param tokenizer the tokenizer, if the checkpoint has one
   */
  record Loaded<N extends Network>(
      NDManager manager, N network, @Nullable LlmTokenizer tokenizer) {}
}
