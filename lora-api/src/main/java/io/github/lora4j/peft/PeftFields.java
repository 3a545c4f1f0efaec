// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.peft;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonPrimitive;
import io.github.lora4j.Bias;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The fields of PEFT's {@code LoraConfig}, as of PEFT 0.20. */
final class PeftFields {
  /** Fields that a {@link io.github.lora4j.LoraConfig} has, or that have one value only. */
  private static final Set<String> MODELLED =
      Set.of(
          "alpha_pattern",
          "base_model_name_or_path",
          "bias",
          "exclude_modules",
          "fan_in_fan_out",
          "inference_mode",
          "init_lora_weights",
          "layers_pattern",
          "layers_to_transform",
          "loftq_config",
          "lora_alpha",
          "lora_bias",
          "lora_dropout",
          "modules_to_save",
          "peft_type",
          "r",
          "rank_pattern",
          "revision",
          // PEFT never writes it, and drops it where it finds it.
          "runtime_config",
          "target_modules",
          "task_type",
          "trainable_token_indices",
          "use_dora",
          "use_rslora");

  private static final List<String> NULL_BY_DEFAULT =
      List.of(
          "alora_invocation_tokens",
          "arrow_config",
          "auto_mapping",
          "corda_config",
          "eva_config",
          "kasa_config",
          "layer_replication",
          "lora_ga_config",
          "megatron_config",
          "monteclora_config",
          "peft_version",
          "target_parameters",
          "use_bdlora",
          "velora_config");

  private static final List<String> FALSE_BY_DEFAULT = List.of("ensure_weight_tying", "use_qalora");

  private static final Map<String, JsonElement> DEFAULTS = defaults();

  private PeftFields() {}

  static boolean isModelled(String field) {
    return MODELLED.contains(field);
  }

  static boolean isDefault(String field, JsonElement value) {
    return value.equals(DEFAULTS.get(field));
  }

  /** What PEFT writes for the fields that are not modelled. */
  static Map<String, JsonElement> unmodelledDefaults() {
    return DEFAULTS;
  }

  /** PEFT spells biases in lower case and tasks in capitals. */
  static String spelling(Enum<?> constant) {
    return constant instanceof Bias ? constant.name().toLowerCase(Locale.ROOT) : constant.name();
  }

  static JsonArray array(List<String> strings) {
    JsonArray array = new JsonArray();
    strings.forEach(array::add);
    return array;
  }

  static JsonArray integers(List<Integer> integers) {
    JsonArray array = new JsonArray();
    integers.forEach(array::add);
    return array;
  }

  private static Map<String, JsonElement> defaults() {
    Map<String, JsonElement> defaults = new TreeMap<>();
    NULL_BY_DEFAULT.forEach(field -> defaults.put(field, JsonNull.INSTANCE));
    FALSE_BY_DEFAULT.forEach(field -> defaults.put(field, new JsonPrimitive(false)));
    defaults.put("megatron_core", new JsonPrimitive("megatron.core"));
    defaults.put("qalora_group_size", new JsonPrimitive(16));
    return Collections.unmodifiableMap(defaults);
  }
}
