// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import ai.djl.Model;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.LoraModel;
import java.util.List;

/** The kinds of models that take adapters; adding one is a door and a line here. */
final class AdapterDoors {
  private static final List<AdapterDoor> ALL =
      List.of(new DecoderDoor(), new EncoderDoor(), new ScriptDoor(), new BlockDoor());

  private AdapterDoors() {}

  /**
   * Finds the door that a model goes through.
   *
   * @param model any model
   * @return the first door that accepts it
   * @throws ConfigurationException if none does
   */
  static AdapterDoor of(Model model) {
    if (model instanceof LoraModel) {
      throw new ConfigurationException(
          "LoraModel.wrap: \"%s\" is a LoraModel, which has adapters already; add to it with addAdapter or loadAdapter"
              .formatted(model.getName()));
    }
    return ALL.stream()
        .filter(door -> door.accepts(model))
        .findFirst()
        .orElseThrow(
            () ->
                new ConfigurationException(
                    "LoraModel.wrap: a %s without a block on the PyTorch engine cannot be adapted; load the base with HuggingFaceModel.load or loadEncoder, load it with Criteria and optEngine(\"PyTorch\"), or call setBlock(...) first"
                        .formatted(model.getClass().getSimpleName())));
  }
}
