// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import ai.djl.engine.Engine;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.djl.format.StoredType;
import io.github.lora4j.djl.format.TensorEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The tiny llama with the vocabulary of the golden tokenizer, so that it takes text. */
public final class TalkingModel {
  private static final Path TOKENIZER = TinyModels.RESOURCES.resolve("golden/tokenizer");

  private TalkingModel() {}

  /**
   * Writes the checkpoint.
   *
   * @param directory where to
   */
  public static void write(Path directory) throws IOException {
    CheckpointCopy copy = CheckpointCopy.of(TinyModels.LLAMA, directory);
    copy.set("config.json", "vocab_size", "2048");
    copy.tensors(
        "model.safetensors",
        tensors -> {
          for (String name : new String[] {"model.embed_tokens.weight", "lm_head.weight"}) {
            tensors.put(name, table(name));
          }
        });
    for (String name : new String[] {"tokenizer.json", "tokenizer_config.json"}) {
      Files.copy(TOKENIZER.resolve(name), directory.resolve(name));
    }
  }

  private static TensorEntry table(String name) {
    float[] values = new float[2048 * 48];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) Math.sin(0.37 * i * (1 + name.length() % 7));
    }
    Shape shape = new Shape(2048, 48);
    return TensorEntry.computed(
        name,
        shape,
        StoredType.F32,
        () -> Engine.getEngine("PyTorch").newBaseManager().create(values, shape));
  }
}
