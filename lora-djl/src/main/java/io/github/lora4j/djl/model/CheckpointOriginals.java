// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.github.lora4j.CheckpointException;
import io.github.lora4j.djl.arch.ModelFamily;
import io.github.lora4j.djl.inject.OriginalWeights;
import io.github.lora4j.target.AdaptableModule;
import java.nio.file.Path;

/**
 * A model's weights as its checkpoint has them, opened anew for each.
 *
 * @param path the checkpoint's directory, or a file of llama.cpp
 * @param family the family the model is of
 */
record CheckpointOriginals(Path path, ModelFamily family) implements OriginalWeights {
  @Override
  public NDArray read(NDManager manager, AdaptableModule module) {
    try (StoredWeights stored =
        StoredWeights.open(path, new ModelLocation(path).config(), family)) {
      if (stored.weights().isQuantized(module)) {
        throw new CheckpointException(
            "%s: \"%s\" is quantised in the checkpoint itself, expected the weight as it was before; quantise when you load the checkpoint it was made from"
                .formatted(path, module.name()));
      }
      return stored.weights().loadLinear(manager, module);
    }
  }
}
