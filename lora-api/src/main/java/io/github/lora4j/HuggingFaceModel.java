// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

import io.github.lora4j.spi.LoraProvider;
import java.nio.file.Path;

/** Checkpoints as the Hugging Face hub lays them out. */
public final class HuggingFaceModel {
  private HuggingFaceModel() {}

  /**
   * Loads a causal language model's checkpoint on the default device.
   *
   * @param path a directory that holds {@code config.json}, weights (safetensors or {@code
   *     pytorch_model.bin}, in shards or not) and, where text is to be handled, {@code
   *     tokenizer.json}; or a model's GGUF file, the tokenizer beside it
   * @return the model, all its parameters frozen
   * @throws CheckpointException naming the file, tensor or field that is wrong
   * @throws ConfigurationException if it is an encoder, for {@link #loadEncoder}
   */
  public static CausalLm load(Path path) {
    return load(path, LoadOptions.defaults());
  }

  /**
   * Loads a causal language model's checkpoint.
   *
   * @param path a checkpoint's directory, or a model's GGUF file
   * @param options where and how
   * @return the model, all its parameters frozen
   * @throws CheckpointException naming the file, tensor or field that is wrong
   * @throws ConfigurationException if it is an encoder, for {@link #loadEncoder}
   */
  public static CausalLm load(Path path, LoadOptions options) {
    return LoraProvider.get().loadHuggingFace(path, options);
  }

  /**
   * Loads an encoder's checkpoint on the default device.
   *
   * @param directory holds {@code config.json}, weights (safetensors or {@code pytorch_model.bin},
   *     in shards or not) and, where text is to be handled, {@code tokenizer.json}
   * @return the model with the head that {@code architectures} names, all its parameters frozen
   * @throws CheckpointException naming the file, tensor or field that is wrong
   * @throws ConfigurationException if it is a causal language model, for {@link #load}
   */
  public static TextEncoder loadEncoder(Path directory) {
    return loadEncoder(directory, LoadOptions.defaults());
  }

  /**
   * Loads an encoder's checkpoint.
   *
   * @param directory holds {@code config.json}, weights and tokenizer
   * @param options where and how; the classifier stays unquantised unless {@code keepUnquantized}
   *     says otherwise
   * @return the model with the head that {@code architectures} names, all its parameters frozen
   * @throws CheckpointException naming the file, tensor or field that is wrong
   * @throws ConfigurationException if it is a causal language model, for {@link #load}
   */
  public static TextEncoder loadEncoder(Path directory, LoadOptions options) {
    return LoraProvider.get().loadEncoder(directory, options);
  }
}
