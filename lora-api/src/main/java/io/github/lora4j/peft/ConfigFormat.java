// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.peft;

import com.google.gson.JsonObject;
import io.github.lora4j.AdapterConfig;
import io.github.lora4j.PeftType;

/**
 * How one kind of configuration stands in an {@code adapter_config.json}.
 *
 * @param <C> the configuration
 */
interface ConfigFormat<C extends AdapterConfig> {
  /** The value of {@code peft_type}. */
  PeftType type();

  /** The class of the configuration. */
  Class<C> configType();

  /**
   * Reads the fields.
   *
   * @throws io.github.lora4j.AdapterException if a field has a wrong type, or asks for what is not
   *     supported
   * @throws io.github.lora4j.ConfigurationException if a field has an impossible value
   */
  C read(JsonFields fields);

  /** Writes every field of PEFT's, sorted. */
  JsonObject write(C config);
}
