// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.peft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.AdaLoraConfig;
import io.github.lora4j.AdapterConfig;
import io.github.lora4j.AdapterException;
import io.github.lora4j.BottleneckActivation;
import io.github.lora4j.BottleneckConfig;
import io.github.lora4j.Ia3Config;
import io.github.lora4j.ModuleSelector;
import io.github.lora4j.PeftType;
import io.github.lora4j.PrefixTuningConfig;
import io.github.lora4j.PromptDimensions;
import io.github.lora4j.PromptEncoderConfig;
import io.github.lora4j.PromptEncoderType;
import io.github.lora4j.PromptInitialization;
import io.github.lora4j.PromptTuningConfig;
import io.github.lora4j.TaskType;
import io.github.lora4j.TestResources;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The adapter_config.json of adapters that are no LoRA. */
class FamilyConfigJsonTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "bloom-ia3",
        "bloom-prefix-tuning",
        "bloom-prompt-tuning",
        "llama-ia3",
        "llama-prefix-projection",
        "llama-prefix-tuning",
        "llama-prompt-encoder-lstm",
        "llama-prompt-encoder-mlp",
        "llama-prompt-tuning",
      })
  void peftsFileIsWrittenBackToTheLetter(String name) {
    String json = TestResources.read("peft/configs/families/" + name + ".json");

    assertEquals(json, PeftConfigJson.toJson(PeftConfigJson.parse(json, name)));
  }

  static Stream<AdapterConfig> configs() {
    PromptDimensions shape = new PromptDimensions(48, 2, 4);
    return Stream.of(
        Ia3Config.builder().build(),
        Ia3Config.builder()
            .targetModules("k_proj", "down_proj")
            .feedforwardModules("down_proj")
            .excludeModules(new ModuleSelector.Regex(".*0.*"))
            .fanInFanOut(true)
            .initIa3Weights(false)
            .taskType(TaskType.CAUSAL_LM)
            .baseModelNameOrPath("base")
            .revision("main")
            .unknownField("novel", "{\"a\":1.50}")
            .build(),
        PromptTuningConfig.builder().numVirtualTokens(3).build(),
        PromptTuningConfig.builder().numVirtualTokens(3).initText("Answer:", "base").build(),
        PromptTuningConfig.builder()
            .numVirtualTokens(3)
            .initialization(new PromptInitialization.SampleVocabulary())
            .dimensions(shape)
            .build(),
        PrefixTuningConfig.builder().numVirtualTokens(4).zeroInitialization(true).build(),
        PrefixTuningConfig.builder()
            .numVirtualTokens(4)
            .prefixProjection(true)
            .encoderHiddenSize(7)
            .dimensions(shape)
            .build(),
        PromptEncoderConfig.builder()
            .numVirtualTokens(5)
            .encoderType(PromptEncoderType.LSTM)
            .encoderNumLayers(3)
            .encoderDropout(0.1)
            .build(),
        BottleneckConfig.houlsby().reductionFactor(8).scaling(2).build(),
        BottleneckConfig.pfeiffer().activation(BottleneckActivation.GELU).build(),
        AdaLoraConfig.builder().targetModules("q_proj").tinit(5).tfinal(7).totalSteps(40).build());
  }

  @ParameterizedTest
  @MethodSource("configs")
  void aConfigSurvivesItsFile(AdapterConfig config) {
    assertEquals(config, PeftConfigJson.parse(PeftConfigJson.toJson(config), "test"));
  }

  @Test
  void everyKindHasItsFile() {
    long kinds = configs().map(AdapterConfig::peftType).distinct().count();

    assertEquals(PeftType.values().length - 1, kinds);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "IA3; \"feedforward_modules\": [\"a\"], \"target_modules\": [\"b\"]; Ia3Config: feedforwardModules must be among targetModules, were [a] and [b]",
        "IA3; \"modules_to_save\": [\"head\"]; modules_to_save is [\"head\"], which lora4j does not support with this peft_type",
        "IA3; \"exclude_modules\": \"(\"; Ia3Config: excludeModules \"(\" is no valid regular expression",
        "PROMPT_TUNING; \"a\": 1; PromptTuningConfig: numVirtualTokens must be at least 1, was 0",
        "PROMPT_TUNING; \"num_virtual_tokens\": 2, \"prompt_tuning_init\": \"random\"; prompt_tuning_init must be one of RANDOM, SAMPLE_VOCAB, TEXT, found \"random\"",
        "PROMPT_TUNING; \"num_virtual_tokens\": 2, \"prompt_tuning_init\": \"TEXT\"; PromptTuningConfig: the text of an initialization and its tokenizerNameOrPath must not be empty",
        "PROMPT_TUNING; \"num_transformer_submodules\": 2; num_transformer_submodules is 2, which lora4j does not support",
        "PROMPT_TUNING; \"num_virtual_tokens\": 2, \"token_dim\": 0, \"num_layers\": 1, \"num_attention_heads\": 1; PromptLearningConfig: tokenDim must be at least 1, was 0",
        "PREFIX_TUNING; \"num_virtual_tokens\": 2, \"encoder_hidden_size\": 0; PrefixTuningConfig: encoderHiddenSize must be at least 1, was 0",
        "PREFIX_TUNING; \"init_weights\": \"one\"; init_weights must be null or \"zero\", found \"one\"",
        "P_TUNING; \"num_virtual_tokens\": 2, \"encoder_dropout\": 1; PromptEncoderConfig: encoderDropout must be at least 0 and below 1, was 1.0",
        "P_TUNING; \"num_virtual_tokens\": 2, \"encoder_reparameterization_type\": \"GRU\"; encoder_reparameterization_type must be one of MLP, LSTM, found \"GRU\"",
        "BOTTLENECK; \"reduction_factor\": 0; BottleneckConfig: reductionFactor must be a finite number above 0, was 0.0",
        "BOTTLENECK; \"mh_adapter\": false, \"output_adapter\": false; BottleneckConfig: attention or feedForward must be true",
      })
  void wrongValueIsNamedWithFileAndField(String type, String fields, String message) {
    String json = "{\"peft_type\": \"%s\", %s}".formatted(type, fields);

    AdapterException e =
        assertThrows(AdapterException.class, () -> PeftConfigJson.parse(json, "here"));

    assertTrue(e.getMessage().startsWith("here: " + message), e.getMessage());
  }
}
