package io.github.lora4j;

import io.github.lora4j.spi.LoraProvider;
import java.nio.file.Path;

/** Checkpoints as the Hugging Face hub lays them out. */
public final class HuggingFaceModel {
  private HuggingFaceModel() {}

  /**
   * Loads a checkpoint on the default device.
   *
   * @param directory holds {@code config.json}, weights (safetensors or {@code pytorch_model.bin},
   *     in shards or not) and, where text is to be handled, {@code tokenizer.json}
   * @return the model, all its parameters frozen
   * @throws CheckpointException naming the file, tensor or field that is wrong
   */
  public static CausalLm load(Path directory) {
    return load(directory, LoadOptions.defaults());
  }

  /**
   * Loads a checkpoint.
   *
   * @param directory holds {@code config.json}, weights and tokenizer
   * @param options where and how
   * @return the model, all its parameters frozen
   * @throws CheckpointException naming the file, tensor or field that is wrong
   */
  public static CausalLm load(Path directory, LoadOptions options) {
    return LoraProvider.get().loadHuggingFace(directory, options);
  }
}
