// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.peft;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.github.lora4j.PeftType;
import io.github.lora4j.PromptEncoderConfig;
import io.github.lora4j.PromptEncoderConfigBuilder;
import io.github.lora4j.PromptEncoderType;
import java.util.List;
import java.util.Map;

/** {@code "peft_type": "P_TUNING"}. */
final class PromptEncoderFormat implements ConfigFormat<PromptEncoderConfig> {
  private static final String TYPE = "encoder_reparameterization_type";
  private static final String HIDDEN_SIZE = "encoder_hidden_size";
  private static final String NUM_LAYERS = "encoder_num_layers";
  private static final String DROPOUT = "encoder_dropout";
  private static final List<String> OWN = PromptFields.and(TYPE, HIDDEN_SIZE, NUM_LAYERS, DROPOUT);

  @Override
  public PeftType type() {
    return PeftType.P_TUNING;
  }

  @Override
  public Class<PromptEncoderConfig> configType() {
    return PromptEncoderConfig.class;
  }

  @Override
  public PromptEncoderConfig read(JsonFields fields) {
    PromptEncoderConfigBuilder config =
        PromptEncoderConfig.builder()
            .numVirtualTokens(PromptFields.numVirtualTokens(fields))
            .encoderType(fields.constant(TYPE, PromptEncoderType.MLP))
            .encoderNumLayers(fields.integer(NUM_LAYERS, 2))
            .encoderDropout(fields.number(DROPOUT, 0));
    if (fields.isSet(HIDDEN_SIZE)) {
      config.encoderHiddenSize(fields.integer(HIDDEN_SIZE, 0));
    }
    PromptFields.dimensions(fields).ifPresent(config::dimensions);
    MetadataFields.read(fields, OWN, config);
    return config.build();
  }

  @Override
  public JsonObject write(PromptEncoderConfig config) {
    Map<String, JsonElement> fields = PromptFields.write(config);
    fields.put(TYPE, new JsonPrimitive(config.encoderType().name()));
    fields.put(HIDDEN_SIZE, PromptFields.number(config.encoderHiddenSize()));
    fields.put(NUM_LAYERS, new JsonPrimitive(config.encoderNumLayers()));
    fields.put(DROPOUT, PythonJson.floating(config.encoderDropout()));
    return MetadataFields.write(type(), config.metadata(), fields);
  }
}
