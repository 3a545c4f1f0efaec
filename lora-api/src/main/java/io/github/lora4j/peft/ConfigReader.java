// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.peft;

import com.google.gson.JsonElement;
import com.google.gson.JsonPrimitive;
import io.github.lora4j.Bias;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.LoraConfigBuilder;
import io.github.lora4j.TaskType;
import java.util.List;

/** From the fields of an {@code adapter_config.json} to a {@link LoraConfig}. */
final class ConfigReader {
  private final JsonFields fields;
  private final LoraConfigBuilder config = LoraConfig.builder();

  private ConfigReader(JsonFields fields) {
    this.fields = fields;
  }

  static LoraConfig read(JsonFields fields) {
    ConfigReader reader = new ConfigReader(fields);
    reader.readNumbers();
    reader.readModules();
    reader.readOptions();
    reader.keepTheRest();
    return reader.config.build();
  }

  private void readNumbers() {
    config.rank(fields.integer("r", 8));
    config.alpha(fields.number("lora_alpha", 8));
    config.dropout(fields.number("lora_dropout", 0));
    fields.integersByName("rank_pattern").forEach(config::rankPattern);
    fields.numbersByName("alpha_pattern").forEach(config::alphaPattern);
  }

  private void readModules() {
    config.targetModules(fields.selector("target_modules"));
    // PEFT takes an empty list, and an empty expression, for no exclusion.
    if (!isEmpty(fields.raw("exclude_modules"))) {
      config.excludeModules(fields.selector("exclude_modules"));
    }
    config.modulesToSave(array(fields.strings("modules_to_save")));
    config.trainableTokenIndices(TokenIndicesJson.read(fields));
    config.layersToTransform(layers());
    config.layersPattern(array(layersPattern()));
  }

  private void readOptions() {
    config.bias(fields.constant("bias", Bias.NONE));
    config.rankStabilized(fields.bool("use_rslora", false));
    config.useDora(fields.bool("use_dora", false));
    config.loraBias(fields.bool("lora_bias", false));
    config.fanInFanOut(fields.bool("fan_in_fan_out", false));
    config.initialization(InitializationJson.read(fields));
    if (fields.isSet("task_type")) {
      config.taskType(fields.constant("task_type", TaskType.CAUSAL_LM));
    }
    fields.string("base_model_name_or_path").ifPresent(config::baseModelNameOrPath);
    fields.string("revision").ifPresent(config::revision);
  }

  private void keepTheRest() {
    for (String field : fields.names()) {
      JsonElement value = fields.raw(field);
      if (!PeftFields.isModelled(field) && !PeftFields.isDefault(field, value)) {
        config.unknownField(field, value.toString());
      }
    }
  }

  private int[] layers() {
    if (fields.raw("layers_to_transform") instanceof JsonPrimitive) {
      return new int[] {fields.integer("layers_to_transform", 0)};
    }
    return fields.integers("layers_to_transform").stream().mapToInt(Integer::intValue).toArray();
  }

  private List<String> layersPattern() {
    if (fields.raw("layers_pattern") instanceof JsonPrimitive) {
      return fields.string("layers_pattern").filter(name -> !name.isEmpty()).stream().toList();
    }
    return fields.strings("layers_pattern");
  }

  private static boolean isEmpty(JsonElement value) {
    return value.isJsonArray()
        ? value.getAsJsonArray().isEmpty()
        : value instanceof JsonPrimitive text && text.isString() && text.getAsString().isEmpty();
  }

  private static String[] array(List<String> strings) {
    return strings.toArray(String[]::new);
  }
}
