// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.arch;

import io.github.lora4j.target.AdaptableModule;
import java.util.List;

/** One family of models: its name, and how the names of its tensors vary. */
public interface ModelFamily {
  /**
   * The family's name in {@code config.json}.
   *
   * @return {@code model_type}
   */
  String modelType();

  /**
   * What an adapter targets if its configuration says nothing (PEFT: {@code
   * TRANSFORMERS_MODELS_TO_LORA_TARGET_MODULES_MAPPING}).
   *
   * @return names of modules
   */
  List<String> defaultTargets();

  /**
   * The prefix that some checkpoints of the family leave off their tensors' names.
   *
   * @return for example {@code transformer.}, or nothing
   */
  default String optionalPrefix() {
    return "";
  }

  /**
   * The names under which checkpoints may hold a tensor, if not under its own.
   *
   * @param name the tensor's whole name, {@code module.parameter}
   * @return the names in the order they are looked for; at first, without the optional prefix
   */
  default List<String> otherNames(String name) {
    String prefix = optionalPrefix();
    return !prefix.isEmpty() && name.startsWith(prefix)
        ? List.of(name.substring(prefix.length()))
        : List.of();
  }

  /**
   * The names under which transformers looks for a tensor.
   *
   * @param name the tensor's whole name, {@code module.parameter}
   * @return its own, and where two modules share it there, both
   */
  default List<String> writtenNames(String name) {
    return List.of(name);
  }

  /**
   * The linear modules that stay in float32 in a quantised model unless the user says otherwise.
   *
   * @param module a linear module
   * @return true for the output head
   */
  default boolean staysUnquantized(AdaptableModule module) {
    return module.outputHead();
  }

  /**
   * Tensors that checkpoints of the family may carry and nothing needs.
   *
   * @return regular expressions on whole names
   */
  default List<String> unusedTensors() {
    return List.of();
  }
}
