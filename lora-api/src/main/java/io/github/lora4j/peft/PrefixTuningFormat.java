// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.peft;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.github.lora4j.PeftType;
import io.github.lora4j.PrefixTuningConfig;
import io.github.lora4j.PrefixTuningConfigBuilder;
import java.util.List;
import java.util.Map;

/** {@code "peft_type": "PREFIX_TUNING"}. */
final class PrefixTuningFormat implements ConfigFormat<PrefixTuningConfig> {
  private static final String PROJECTION = "prefix_projection";
  private static final String HIDDEN_SIZE = "encoder_hidden_size";
  private static final String INIT = "init_weights";
  private static final List<String> OWN = PromptFields.and(PROJECTION, HIDDEN_SIZE, INIT);

  @Override
  public PeftType type() {
    return PeftType.PREFIX_TUNING;
  }

  @Override
  public Class<PrefixTuningConfig> configType() {
    return PrefixTuningConfig.class;
  }

  @Override
  public PrefixTuningConfig read(JsonFields fields) {
    PrefixTuningConfigBuilder config =
        PrefixTuningConfig.builder()
            .numVirtualTokens(PromptFields.numVirtualTokens(fields))
            .prefixProjection(fields.bool(PROJECTION, false))
            .zeroInitialization(startsWithZeros(fields));
    if (fields.isSet(HIDDEN_SIZE)) {
      config.encoderHiddenSize(fields.integer(HIDDEN_SIZE, 0));
    }
    PromptFields.dimensions(fields).ifPresent(config::dimensions);
    MetadataFields.read(fields, OWN, config);
    return config.build();
  }

  private static boolean startsWithZeros(JsonFields fields) {
    if (!fields.isSet(INIT)) {
      return false;
    }
    if (!fields.string(INIT).filter("zero"::equals).isPresent()) {
      throw fields.wrong(INIT, fields.raw(INIT), "null or \"zero\"");
    }
    return true;
  }

  @Override
  public JsonObject write(PrefixTuningConfig config) {
    Map<String, JsonElement> fields = PromptFields.write(config);
    fields.put(PROJECTION, new JsonPrimitive(config.prefixProjection()));
    fields.put(HIDDEN_SIZE, PromptFields.number(config.encoderHiddenSize()));
    fields.put(INIT, config.zeroInitialization() ? new JsonPrimitive("zero") : JsonNull.INSTANCE);
    return MetadataFields.write(type(), config.metadata(), fields);
  }
}
