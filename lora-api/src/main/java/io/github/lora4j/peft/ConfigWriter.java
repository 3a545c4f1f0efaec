// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.peft;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonPrimitive;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.ModuleSelector;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/** From a {@link LoraConfig} to the fields of an {@code adapter_config.json}, sorted. */
final class ConfigWriter {
  private final LoraConfig config;
  private final Map<String, JsonElement> fields = new TreeMap<>(PeftFields.unmodelledDefaults());

  private ConfigWriter(LoraConfig config) {
    this.config = config;
  }

  static JsonObject write(LoraConfig config) {
    ConfigWriter writer = new ConfigWriter(config);
    config.unknownFields().forEach(writer::keep);
    writer.writeNumbers();
    writer.writeModules();
    writer.writeOptions();
    JsonObject object = new JsonObject();
    writer.fields.forEach(object::add);
    return object;
  }

  private void keep(String field, String json) {
    try {
      fields.put(field, PythonJson.parse(json));
    } catch (JsonParseException e) {
      throw new ConfigurationException(
          "LoraConfig: unknownField \"%s\" holds no valid JSON: %s".formatted(field, json), e);
    }
  }

  private void writeNumbers() {
    fields.put("r", new JsonPrimitive(config.rank()));
    fields.put("lora_alpha", PythonJson.number(config.alpha()));
    fields.put("lora_dropout", PythonJson.floating(config.dropout()));
    // PEFT sorts these too, and so forgets which pattern came first; a reader keeps our order.
    fields.put("rank_pattern", object(config.rankPattern(), JsonPrimitive::new));
    fields.put("alpha_pattern", object(config.alphaPattern(), PythonJson::number));
  }

  private void writeModules() {
    fields.put("target_modules", selector(config.targetModules()));
    fields.put("exclude_modules", selector(config.excludeModules()));
    fields.put("modules_to_save", stringsOrNull(config.modulesToSave()));
    fields.put("trainable_token_indices", TokenIndicesJson.write(config.trainableTokenIndices()));
    fields.put("layers_to_transform", layers());
    fields.put("layers_pattern", stringsOrNull(config.layersPattern()));
  }

  private void writeOptions() {
    fields.put("peft_type", new JsonPrimitive("LORA"));
    fields.put("inference_mode", new JsonPrimitive(true));
    fields.put("bias", new JsonPrimitive(PeftFields.spelling(config.bias())));
    fields.put("use_rslora", new JsonPrimitive(config.rankStabilized()));
    fields.put("use_dora", new JsonPrimitive(config.useDora()));
    fields.put("lora_bias", new JsonPrimitive(config.loraBias()));
    fields.put("fan_in_fan_out", new JsonPrimitive(config.fanInFanOut()));
    fields.put("init_lora_weights", InitializationJson.write(config.initialization()));
    fields.put("loftq_config", InitializationJson.writeLoftq(config.initialization()));
    fields.put("task_type", stringOrNull(config.taskType().map(PeftFields::spelling)));
    fields.put("base_model_name_or_path", stringOrNull(config.baseModelNameOrPath()));
    fields.put("revision", stringOrNull(config.revision()));
  }

  private JsonElement layers() {
    if (config.layersToTransform().isEmpty()) {
      return JsonNull.INSTANCE;
    }
    return PeftFields.integers(config.layersToTransform());
  }

  static JsonElement selector(ModuleSelector selector) {
    if (selector instanceof ModuleSelector.Names names) {
      return PeftFields.array(names.names());
    }
    if (selector instanceof ModuleSelector.Regex regex) {
      return new JsonPrimitive(regex.expression());
    }
    return selector instanceof ModuleSelector.AllLinear
        ? new JsonPrimitive("all-linear")
        : JsonNull.INSTANCE;
  }

  private static JsonElement stringsOrNull(List<String> strings) {
    return strings.isEmpty() ? JsonNull.INSTANCE : PeftFields.array(strings);
  }

  static JsonElement stringOrNull(Optional<String> string) {
    return string.<JsonElement>map(JsonPrimitive::new).orElse(JsonNull.INSTANCE);
  }

  private static <V> JsonObject object(Map<String, V> map, Function<V, JsonElement> write) {
    JsonObject object = new JsonObject();
    map.forEach((key, value) -> object.add(key, write.apply(value)));
    return object;
  }
}
