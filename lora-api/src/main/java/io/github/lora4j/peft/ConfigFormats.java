// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.peft;

import com.google.gson.JsonObject;
import io.github.lora4j.AdapterConfig;
import io.github.lora4j.ConfigurationException;
import java.util.List;
import java.util.stream.Collectors;

/** The configurations that can be read and written, by their {@code peft_type}. */
final class ConfigFormats {
  private static final List<ConfigFormat<?>> FORMATS =
      List.of(
          new LoraFormat(),
          new AdaLoraFormat(),
          new Ia3Format(),
          new PromptTuningFormat(),
          new PrefixTuningFormat(),
          new PromptEncoderFormat(),
          new BottleneckFormat());

  private ConfigFormats() {}

  static AdapterConfig read(JsonFields fields) {
    String type =
        fields
            .string("peft_type")
            .orElseThrow(
                () -> fields.problem("peft_type is missing, expected one of " + supported()));
    return FORMATS.stream()
        .filter(format -> format.type().name().equals(type))
        .findFirst()
        .orElseThrow(
            () ->
                fields.problem(
                    "peft_type is \"%s\", which lora4j does not support; it supports %s"
                        .formatted(type, supported())))
        .read(fields);
  }

  static JsonObject write(AdapterConfig config) {
    return FORMATS.stream()
        .filter(format -> format.configType().isInstance(config))
        .findFirst()
        .map(format -> write(format, config))
        .orElseThrow(
            () ->
                new ConfigurationException(
                    "%s: has no form as an adapter_config.json; those of %s have one"
                        .formatted(config.getClass().getSimpleName(), supported())));
  }

  private static <C extends AdapterConfig> JsonObject write(
      ConfigFormat<C> format, AdapterConfig config) {
    return format.write(format.configType().cast(config));
  }

  private static String supported() {
    return FORMATS.stream()
        .map(format -> "\"" + format.type() + "\"")
        .collect(Collectors.joining(", "));
  }
}
