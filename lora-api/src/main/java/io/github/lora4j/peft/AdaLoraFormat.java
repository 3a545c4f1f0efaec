// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.peft;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.github.lora4j.AdaLoraConfig;
import io.github.lora4j.AdaLoraConfigBuilder;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.PeftType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** {@code "peft_type": "ADALORA"}: the fields of LoRA, and those of the allocation. */
final class AdaLoraFormat implements ConfigFormat<AdaLoraConfig> {
  private static final String RANK = "init_r";
  private static final String PATTERN = "rank_pattern";
  private static final String TOTAL = "total_step";
  private static final Set<String> OWN =
      Set.of(
          RANK,
          PATTERN,
          TOTAL,
          "target_r",
          "tinit",
          "tfinal",
          "deltaT",
          "beta1",
          "beta2",
          "orth_reg_weight");

  /** What PEFT's file has for a field of LoRA's that it does not use. */
  private static final JsonPrimitive UNUSED_RANK = new JsonPrimitive(8);

  @Override
  public PeftType type() {
    return PeftType.ADALORA;
  }

  @Override
  public Class<AdaLoraConfig> configType() {
    return AdaLoraConfig.class;
  }

  @Override
  public AdaLoraConfig read(JsonFields fields) {
    JsonFields shared = fields.without(OWN);
    UnsupportedFields.refuse(shared);
    LoraConfig lora = ConfigReader.read(shared);
    AdaLoraConfigBuilder config =
        AdaLoraConfig.builder()
            .lora(lora)
            .initialRank(fields.integer(RANK, 12))
            .targetRank(fields.integer("target_r", 8))
            .tinit(fields.integer("tinit", 0))
            .tfinal(fields.integer("tfinal", 0))
            .deltaT(fields.integer("deltaT", 1))
            .beta1(fields.number("beta1", 0.85))
            .beta2(fields.number("beta2", 0.85))
            .orthogonalityWeight(fields.number("orth_reg_weight", 0.5))
            .rankPattern(modules(fields.flagsByName(PATTERN)));
    if (fields.isSet(TOTAL)) {
      config.totalSteps(fields.integer(TOTAL, 0));
    }
    return config.build();
  }

  /** PEFT names the tensor, with the adapter's name or without: {@code m.q_proj.lora_E.default}. */
  private static Map<String, List<Boolean>> modules(Map<String, List<Boolean>> byTensor) {
    String container = "." + TensorRole.SVD_E.container();
    Map<String, List<Boolean>> byModule = new LinkedHashMap<>();
    byTensor.forEach(
        (tensor, kept) -> {
          int end = tensor.lastIndexOf(container);
          byModule.put(end < 0 ? tensor : tensor.substring(0, end), kept);
        });
    return byModule;
  }

  @Override
  public JsonObject write(AdaLoraConfig config) {
    Map<String, JsonElement> fields = new TreeMap<>(ConfigWriter.write(config.lora()).asMap());
    fields.put("peft_type", new JsonPrimitive(type().name()));
    fields.put("r", UNUSED_RANK);
    fields.put(RANK, new JsonPrimitive(config.initialRank()));
    fields.put("target_r", new JsonPrimitive(config.targetRank()));
    fields.put("tinit", new JsonPrimitive(config.tinit()));
    fields.put("tfinal", new JsonPrimitive(config.tfinal()));
    fields.put("deltaT", new JsonPrimitive(config.deltaT()));
    fields.put("beta1", PythonJson.floating(config.beta1()));
    fields.put("beta2", PythonJson.floating(config.beta2()));
    fields.put("orth_reg_weight", PythonJson.floating(config.orthogonalityWeight()));
    fields.put(
        TOTAL, config.totalSteps().<JsonElement>map(JsonPrimitive::new).orElse(JsonNull.INSTANCE));
    fields.put(PATTERN, pattern(config.rankPattern()));
    JsonObject object = new JsonObject();
    fields.forEach(object::add);
    return object;
  }

  private static JsonElement pattern(Map<String, List<Boolean>> byModule) {
    if (byModule.isEmpty()) {
      return JsonNull.INSTANCE;
    }
    JsonObject pattern = new JsonObject();
    byModule.forEach(
        (module, kept) -> {
          JsonArray flags = new JsonArray();
          kept.forEach(flags::add);
          pattern.add(module + "." + TensorRole.SVD_E.container(), flags);
        });
    return pattern;
  }
}
