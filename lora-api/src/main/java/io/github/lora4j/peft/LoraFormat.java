// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.peft;

import com.google.gson.JsonObject;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.PeftType;

/** {@code "peft_type": "LORA"}. */
final class LoraFormat implements ConfigFormat<LoraConfig> {
  @Override
  public PeftType type() {
    return PeftType.LORA;
  }

  @Override
  public Class<LoraConfig> configType() {
    return LoraConfig.class;
  }

  @Override
  public LoraConfig read(JsonFields fields) {
    UnsupportedFields.refuse(fields);
    return ConfigReader.read(fields);
  }

  @Override
  public JsonObject write(LoraConfig config) {
    return ConfigWriter.write(config);
  }
}
