// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.peft;

import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.github.lora4j.BottleneckActivation;
import io.github.lora4j.BottleneckConfig;
import io.github.lora4j.BottleneckConfigBuilder;
import io.github.lora4j.PeftType;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** {@code "peft_type": "BOTTLENECK"}, with the fields of the library {@code adapters}. */
final class BottleneckFormat implements ConfigFormat<BottleneckConfig> {
  private static final String REDUCTION = "reduction_factor";
  private static final String ATTENTION = "mh_adapter";
  private static final String FEED_FORWARD = "output_adapter";
  private static final String ACTIVATION = "non_linearity";
  private static final String SCALING = "scaling";
  private static final List<String> OWN =
      List.of(REDUCTION, ATTENTION, FEED_FORWARD, ACTIVATION, SCALING);

  @Override
  public PeftType type() {
    return PeftType.BOTTLENECK;
  }

  @Override
  public Class<BottleneckConfig> configType() {
    return BottleneckConfig.class;
  }

  @Override
  public BottleneckConfig read(JsonFields fields) {
    BottleneckConfigBuilder config =
        BottleneckConfig.houlsby()
            .reductionFactor(fields.number(REDUCTION, 16))
            .attention(fields.bool(ATTENTION, true))
            .feedForward(fields.bool(FEED_FORWARD, true))
            .activation(fields.constant(ACTIVATION, BottleneckActivation.SWISH))
            .scaling(fields.number(SCALING, 1));
    MetadataFields.read(fields, OWN, config);
    return config.build();
  }

  @Override
  public JsonObject write(BottleneckConfig config) {
    String activation = config.activation().name().toLowerCase(Locale.ROOT);
    return MetadataFields.write(
        type(),
        config.metadata(),
        Map.of(
            REDUCTION, PythonJson.number(config.reductionFactor()),
            ATTENTION, new JsonPrimitive(config.attention()),
            FEED_FORWARD, new JsonPrimitive(config.feedForward()),
            ACTIVATION, new JsonPrimitive(activation),
            SCALING, PythonJson.floating(config.scaling())));
  }
}
