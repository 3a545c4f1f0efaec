// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.peft;

import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.github.lora4j.Ia3Config;
import io.github.lora4j.Ia3ConfigBuilder;
import io.github.lora4j.PeftType;
import java.util.List;
import java.util.Map;

/** {@code "peft_type": "IA3"}. */
final class Ia3Format implements ConfigFormat<Ia3Config> {
  private static final List<String> OWN =
      List.of(
          "exclude_modules",
          "fan_in_fan_out",
          "feedforward_modules",
          "init_ia3_weights",
          "target_modules");

  @Override
  public PeftType type() {
    return PeftType.IA3;
  }

  @Override
  public Class<Ia3Config> configType() {
    return Ia3Config.class;
  }

  @Override
  public Ia3Config read(JsonFields fields) {
    Ia3ConfigBuilder config =
        Ia3Config.builder()
            .targetModules(fields.selector("target_modules"))
            .excludeModules(fields.selector("exclude_modules"))
            .feedforwardModules(fields.selector("feedforward_modules"))
            .fanInFanOut(fields.bool("fan_in_fan_out", false))
            .initIa3Weights(fields.bool("init_ia3_weights", true));
    MetadataFields.read(fields, OWN, config);
    return config.build();
  }

  @Override
  public JsonObject write(Ia3Config config) {
    return MetadataFields.write(
        type(),
        config.metadata(),
        Map.of(
            "target_modules", ConfigWriter.selector(config.targetModules()),
            "exclude_modules", ConfigWriter.selector(config.excludeModules()),
            "feedforward_modules", ConfigWriter.selector(config.feedforwardModules()),
            "fan_in_fan_out", new JsonPrimitive(config.fanInFanOut()),
            "init_ia3_weights", new JsonPrimitive(config.initIa3Weights())));
  }
}
