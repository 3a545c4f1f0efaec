// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.peft;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.github.lora4j.PeftType;
import io.github.lora4j.PromptInitialization;
import io.github.lora4j.PromptTuningConfig;
import io.github.lora4j.PromptTuningConfigBuilder;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code "peft_type": "PROMPT_TUNING"}. */
final class PromptTuningFormat implements ConfigFormat<PromptTuningConfig> {
  private static final String INIT = "prompt_tuning_init";
  private static final String TEXT = "prompt_tuning_init_text";
  private static final String TOKENIZER = "tokenizer_name_or_path";
  private static final String TOKENIZER_SETTINGS = "tokenizer_kwargs";
  private static final List<String> OWN = PromptFields.and(INIT, TEXT, TOKENIZER);

  @Override
  public PeftType type() {
    return PeftType.PROMPT_TUNING;
  }

  @Override
  public Class<PromptTuningConfig> configType() {
    return PromptTuningConfig.class;
  }

  @Override
  public PromptTuningConfig read(JsonFields fields) {
    PromptTuningConfigBuilder config =
        PromptTuningConfig.builder()
            .numVirtualTokens(PromptFields.numVirtualTokens(fields))
            .initialization(initialization(fields));
    PromptFields.dimensions(fields).ifPresent(config::dimensions);
    MetadataFields.read(fields, OWN, config);
    return config.build();
  }

  private static PromptInitialization initialization(JsonFields fields) {
    String name = fields.string(INIT).orElse("RANDOM");
    return switch (name) {
      case "RANDOM" -> new PromptInitialization.Random();
      case "SAMPLE_VOCAB" -> new PromptInitialization.SampleVocabulary();
      case "TEXT" ->
          new PromptInitialization.Text(
              fields.string(TEXT).orElse(""), fields.string(TOKENIZER).orElse(""));
      default -> throw fields.wrong(INIT, fields.raw(INIT), "one of RANDOM, SAMPLE_VOCAB, TEXT");
    };
  }

  @Override
  public JsonObject write(PromptTuningConfig config) {
    Map<String, JsonElement> fields = PromptFields.write(config);
    fields.put(INIT, new JsonPrimitive(name(config.initialization())));
    Optional<PromptInitialization.Text> text =
        config.initialization() instanceof PromptInitialization.Text t
            ? Optional.of(t)
            : Optional.empty();
    fields.put(TEXT, ConfigWriter.stringOrNull(text.map(PromptInitialization.Text::text)));
    fields.put(
        TOKENIZER,
        ConfigWriter.stringOrNull(text.map(PromptInitialization.Text::tokenizerNameOrPath)));
    if (!config.metadata().unknownFields().containsKey(TOKENIZER_SETTINGS)) {
      fields.put(TOKENIZER_SETTINGS, JsonNull.INSTANCE);
    }
    return MetadataFields.write(type(), config.metadata(), fields);
  }

  private static String name(PromptInitialization initialization) {
    if (initialization instanceof PromptInitialization.Text) {
      return "TEXT";
    }
    return initialization instanceof PromptInitialization.Random ? "RANDOM" : "SAMPLE_VOCAB";
  }
}
