// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

import java.util.Optional;

/**
 * What adapter to put on a model, of whatever kind (PEFT: {@code PeftConfig}). An {@code
 * adapter_config.json} says by its {@code peft_type} which implementation it holds.
 */
public interface AdapterConfig {
  /**
   * The kind of adapter.
   *
   * @return the kind
   */
  PeftType peftType();

  /**
   * The model the adapter is for.
   *
   * @return a Hugging Face name or a path, if one is said
   */
  Optional<String> baseModelNameOrPath();
}
