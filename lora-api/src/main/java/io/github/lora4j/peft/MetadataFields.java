// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.peft;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonPrimitive;
import io.github.lora4j.AdapterConfigBuilder;
import io.github.lora4j.AdapterMetadata;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.PeftType;
import io.github.lora4j.TaskType;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The fields of an {@code adapter_config.json} that every kind of adapter has. */
final class MetadataFields {
  private static final List<String> NULL_ALWAYS =
      List.of("auto_mapping", "modules_to_save", "peft_version");
  private static final List<String> COMMON =
      List.of(
          "base_model_name_or_path",
          "inference_mode",
          "modules_to_save",
          "peft_type",
          "revision",
          "task_type");

  private MetadataFields() {}

  /**
   * Reads them, and keeps what is neither theirs nor the kind's own.
   *
   * @param own the fields that the kind reads itself
   */
  static void read(JsonFields fields, Collection<String> own, AdapterConfigBuilder<?> config) {
    if (!fields.strings("modules_to_save").isEmpty()) {
      throw fields.problem(
          "modules_to_save is %s, which lora4j does not support with this peft_type; it supports modules that train in full beside LORA"
              .formatted(fields.raw("modules_to_save")));
    }
    if (fields.isSet("task_type")) {
      config.taskType(fields.constant("task_type", TaskType.CAUSAL_LM));
    }
    fields.string("base_model_name_or_path").ifPresent(config::baseModelNameOrPath);
    fields.string("revision").ifPresent(config::revision);
    Set<String> known = new TreeSet<>(own);
    known.addAll(COMMON);
    for (String field : fields.names()) {
      if (fields.isSet(field) && !known.contains(field)) {
        config.unknownField(field, fields.raw(field).toString());
      }
    }
  }

  /** Writes them beside the kind's own. */
  static JsonObject write(PeftType type, AdapterMetadata metadata, Map<String, JsonElement> own) {
    Map<String, JsonElement> fields = new TreeMap<>();
    NULL_ALWAYS.forEach(field -> fields.put(field, JsonNull.INSTANCE));
    metadata.unknownFields().forEach((field, json) -> fields.put(field, parsed(field, json)));
    fields.put("peft_type", new JsonPrimitive(type.name()));
    fields.put("inference_mode", new JsonPrimitive(true));
    fields.put(
        "task_type", ConfigWriter.stringOrNull(metadata.taskType().map(PeftFields::spelling)));
    fields.put(
        "base_model_name_or_path", ConfigWriter.stringOrNull(metadata.baseModelNameOrPath()));
    fields.put("revision", ConfigWriter.stringOrNull(metadata.revision()));
    fields.putAll(own);
    JsonObject object = new JsonObject();
    fields.forEach(object::add);
    return object;
  }

  private static JsonElement parsed(String field, String json) {
    try {
      return PythonJson.parse(json);
    } catch (JsonParseException e) {
      throw new ConfigurationException(
          "AdapterMetadata: unknownField \"%s\" holds no valid JSON: %s".formatted(field, json), e);
    }
  }
}
