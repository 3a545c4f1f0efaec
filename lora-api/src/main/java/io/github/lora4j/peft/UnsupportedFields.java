// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.peft;

import com.google.gson.JsonElement;
import com.google.gson.JsonPrimitive;
import java.util.Map;
import java.util.TreeMap;

/**
 * Fields of PEFT's {@code LoraConfig} that change what the adapter computes in a way that is not
 * supported.
 */
final class UnsupportedFields {
  private static final Map<String, String> SUPPORTED =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("alora_invocation_tokens", "adapters that are active on all tokens"),
              Map.entry("arrow_config", "adapters without routing between them"),
              Map.entry("ensure_weight_tying", "adapters of modules that are not tied"),
              Map.entry("kasa_config", "A and B without singular values between them"),
              Map.entry("layer_replication", "models with their own layers"),
              Map.entry("megatron_config", "models that are not Megatron's"),
              Map.entry("monteclora_config", "A and B as plain matrices"),
              Map.entry("target_parameters", "adapters of modules, given by target_modules"),
              Map.entry("use_bdlora", "A and B as plain matrices"),
              Map.entry("use_qalora", "plain LoRA, also on quantised models"),
              Map.entry("velora_config", "A and B as plain matrices")));

  private UnsupportedFields() {}

  static void refuse(JsonFields fields) {
    SUPPORTED.forEach(
        (field, supported) -> {
          if (!isOff(fields.raw(field))) {
            throw fields.problem(
                "%s is %s, which lora4j does not support; it supports %s"
                    .formatted(field, PythonJson.shown(fields.raw(field)), supported));
          }
        });
  }

  private static boolean isOff(JsonElement value) {
    return value.isJsonNull()
        || (value instanceof JsonPrimitive flag && flag.isBoolean() && !flag.getAsBoolean())
        || (value.isJsonArray() && value.getAsJsonArray().isEmpty())
        || (value.isJsonObject() && value.getAsJsonObject().isEmpty());
  }
}
