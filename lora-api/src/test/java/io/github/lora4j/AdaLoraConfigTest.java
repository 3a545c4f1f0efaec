// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.lora4j.peft.PeftConfigJson;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class AdaLoraConfigTest {
  private static AdaLoraConfigBuilder some() {
    return AdaLoraConfig.builder()
        .initialRank(4)
        .targetRank(2)
        .alpha(16)
        .dropout(0.1)
        .targetModules("q_proj", "v_proj")
        .tinit(5)
        .tfinal(7)
        .deltaT(3)
        .beta1(0.8)
        .beta2(0.9)
        .orthogonalityWeight(0.1)
        .totalSteps(100)
        .rankPattern(
            Map.of(
                "model.layers.0.self_attn.q_proj", List.of(true, false, true, false),
                "model.layers.1.self_attn.q_proj", List.of(false, false, false, false)));
  }

  @Test
  void defaultsArePefts() {
    AdaLoraConfig config = AdaLoraConfig.builder().build();

    assertEquals(12, config.initialRank());
    assertEquals(8, config.targetRank());
    assertEquals(0.85, config.beta1());
    assertEquals(0.5, config.orthogonalityWeight());
    assertEquals(PeftType.ADALORA, config.peftType());
    assertEquals(8 / 12.00001, config.scaling(), 1e-12);
  }

  @Test
  void jsonGivesTheConfigBack() {
    AdaLoraConfig config = some().build();

    assertEquals(config, PeftConfigJson.parse(PeftConfigJson.toJson(config), "test"));
    assertEquals(config, config.toBuilder().build());
    AdaLoraConfig plain = AdaLoraConfig.builder().allLinear().build();
    assertEquals(plain, PeftConfigJson.parse(PeftConfigJson.toJson(plain), "test"));
  }

  @Test
  void jsonIsPefts() {
    JsonObject json =
        JsonParser.parseString(PeftConfigJson.toJson(some().build())).getAsJsonObject();

    assertEquals("ADALORA", json.get("peft_type").getAsString());
    assertEquals(8, json.get("r").getAsInt());
    assertEquals(4, json.get("init_r").getAsInt());
    assertEquals(100, json.get("total_step").getAsInt());
    assertEquals(0.1, json.get("orth_reg_weight").getAsDouble());
    assertTrue(
        json.get("rank_pattern").getAsJsonObject().has("model.layers.0.self_attn.q_proj.lora_E"));
    assertEquals(json.keySet().stream().sorted().toList(), List.copyOf(json.keySet()));
  }

  @Test
  void aPatternMayNameTheAdapter() {
    String json =
        """
        {"peft_type": "ADALORA", "init_r": 2, "target_r": 1, "target_modules": ["q"],
         "rank_pattern": {"m.q.lora_E.default": [true, false]}}
        """;
    AdaLoraConfig config = (AdaLoraConfig) PeftConfigJson.parse(json, "test");

    assertEquals(1, config.rankOf("m.q"));
    assertEquals(2, config.rankOf("m.v"));
  }

  @Test
  void aPatternOfOtherThanFlagsIsRefused() {
    String json = "{\"peft_type\": \"ADALORA\", \"rank_pattern\": {\"m.q.lora_E\": [1]}}";
    AdapterException e =
        assertThrows(AdapterException.class, () -> PeftConfigJson.parse(json, "test"));

    assertEquals(
        "test: rank_pattern[\"m.q.lora_E\"] must be a list of true and false, found [1]",
        e.getMessage());
  }

  static Stream<Arguments> impossible() {
    return Stream.of(
        wrong(b -> b.targetRank(5), "targetRank must be from 1 to the initial rank 4, was 5"),
        wrong(b -> b.targetRank(0), "targetRank must be from 1 to the initial rank 4, was 0"),
        wrong(b -> b.tinit(-1), "tinit must be at least 0, was -1"),
        wrong(b -> b.tfinal(-1), "tfinal must be at least 0, was -1"),
        wrong(b -> b.deltaT(0), "deltaT must be at least 1, was 0"),
        wrong(b -> b.beta1(1), "beta1 must be above 0 and below 1, was 1.0"),
        wrong(b -> b.beta2(0), "beta2 must be above 0 and below 1, was 0.0"),
        wrong(
            b -> b.orthogonalityWeight(-1),
            "orthogonalityWeight must be a finite number of at least 0, was -1.0"),
        wrong(
            b -> b.totalSteps(12),
            "of 12 totalSteps, tinit 5 and tfinal 7 leave none for the allocation; lower them, or train longer"),
        wrong(
            b -> b.rankPattern(Map.of("m.q", List.of(true))),
            "rankPattern of \"m.q\" must have a value for each of 4 initial ranks, had 1"),
        wrong(
            b -> b.lora(LoraConfig.builder().useDora(true).build()),
            "useDora is a variant of its own; leave it out"),
        wrong(
            b -> b.lora(LoraConfig.builder().initialization(Initialization.PISSA).build()),
            "P and Q are drawn and Λ is zero; leave out the initialization, was PISSA"));
  }

  private static Arguments wrong(UnaryOperator<AdaLoraConfigBuilder> change, String message) {
    return Arguments.of(change, message);
  }

  @ParameterizedTest
  @MethodSource("impossible")
  void impossibleValuesAreNamed(UnaryOperator<AdaLoraConfigBuilder> change, String message) {
    ConfigurationException e =
        assertThrows(ConfigurationException.class, () -> change.apply(some()).build());

    assertEquals("AdaLoraConfig: " + message, e.getMessage());
  }
}
