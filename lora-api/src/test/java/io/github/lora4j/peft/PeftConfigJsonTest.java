// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.peft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.AdapterException;
import io.github.lora4j.Bias;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.Initialization;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.LoraConfigBuilder;
import io.github.lora4j.ModuleSelector;
import io.github.lora4j.TaskType;
import io.github.lora4j.TestResources;
import io.github.lora4j.TokenIndices;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PeftConfigJsonTest {
  private static final List<Initialization> INITIALIZATIONS =
      List.of(
          Initialization.KAIMING_UNIFORM,
          Initialization.GAUSSIAN,
          Initialization.RANDOM,
          Initialization.ORTHOGONAL,
          Initialization.PISSA,
          Initialization.pissa(0),
          Initialization.pissa(16),
          Initialization.OLORA,
          Initialization.LOFTQ,
          Initialization.loftq(8, 5));

  private static final TokenIndices TWO_TABLES =
      new TokenIndices.ByModule(Map.of("embed_tokens", List.of(1, 2), "lm_head", List.of(0)));

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bert-all-linear",
        "bloom-all-linear",
        "gpt2-default",
        "llama-all-linear",
        "llama-bias-all",
        "llama-bias-lora_only",
        "llama-default",
        "llama-embedding",
        "llama-layer1-only",
        "llama-modules_to_save",
        "llama-patterns",
        "llama-regex",
        "llama-rslora",
        "opt-default",
        "roberta-all-linear",
      })
  void peftsFileIsWrittenBackToTheLetter(String name) {
    String json = TestResources.read("peft/configs/" + name + ".json");

    assertEquals(json, PeftConfigJson.toJson(PeftConfigJson.parse(json, name)));
  }

  @Test
  void fieldsOfPeftsFileAreFound() {
    LoraConfig config = golden("llama-patterns");

    assertEquals(4, config.rank());
    assertEquals(8.0, config.alpha());
    assertEquals(
        new ModuleSelector.Names(List.of("q_proj", "down_proj", "v_proj")), config.targetModules());
    assertEquals(
        Map.of("down_proj", 2, "layers\\.1\\.self_attn\\.q_proj", 6), config.rankPattern());
    assertEquals(Map.of("v_proj", 16.0), config.alphaPattern());
    assertEquals(Optional.of(TaskType.CAUSAL_LM), config.taskType());
    assertEquals(Map.of("peft_version", "\"0.20.1.dev0@UNKNOWN\""), config.unknownFields());
  }

  @Test
  void configBuiltHereIsWrittenAsPeftWouldWriteIt() {
    LoraConfig config =
        LoraConfig.builder()
            .rank(4)
            .targetModules("q_proj", "v_proj")
            .taskType(TaskType.CAUSAL_LM)
            .baseModelNameOrPath("")
            .unknownField("peft_version", "\"0.20.1.dev0@UNKNOWN\"")
            .build();

    assertEquals(
        TestResources.read("peft/configs/llama-default.json"), PeftConfigJson.toJson(config));
  }

  @Test
  void everyFieldSurvivesWritingAndReading() {
    LoraConfig config =
        LoraConfig.builder()
            .rank(3)
            .alpha(0.5)
            .dropout(1e-5)
            .targetModules("q_proj", "v_proj")
            .excludeRegex(".*0.*")
            .bias(Bias.LORA_ONLY)
            .modulesToSave("lm_head")
            .layersToTransform(1, 0)
            .layersPattern("layers", "h")
            .rankPattern("z", 2)
            .rankPattern("a", 1)
            .alphaPattern("z", 0.25)
            .alphaPattern("a", 1e16)
            .rankStabilized(true)
            .fanInFanOut(true)
            .initialization(Initialization.GAUSSIAN)
            .taskType(TaskType.SEQ_CLS)
            .baseModelNameOrPath("模型/\"x\"\n")
            .revision("main")
            .unknownField("novel", "{\"deep\":[1,2.50,null]}")
            .build();

    LoraConfig read = lora(PeftConfigJson.toJson(config), "test");

    assertEquals(config, read);
    assertEquals(List.of("z", "a"), new ArrayList<>(read.rankPattern().keySet()));
  }

  @Test
  void otherSelectorsAndInitializationsSurviveToo() {
    for (Initialization initialization : INITIALIZATIONS) {
      assertSurvives(LoraConfig.builder().initialization(initialization).build());
    }
    assertSurvives(LoraConfig.builder().allLinear().excludeModules("k_proj").build());
    assertSurvives(LoraConfig.builder().targetRegex(".*q").build());
    assertSurvives(LoraConfig.builder().trainableTokenIndices(5, 0, 9).build());
    assertSurvives(LoraConfig.builder().trainableTokenIndices(TWO_TABLES).build());
    assertSurvives(LoraConfig.builder().build());
  }

  @Test
  void noTokenIndicesAreNone() {
    for (String none : List.of("null", "[]", "{}")) {
      LoraConfig config =
          lora("{\"peft_type\": \"LORA\", \"trainable_token_indices\": " + none + "}", "test");

      assertEquals(new TokenIndices.None(), config.trainableTokenIndices(), none);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0.05, 0.05",
    "0.5, 0.5",
    "0.0005, 0.0005",
    "0.0001, 0.0001",
    "0.00001, 1e-05",
    "0.000015, 1.5e-05",
    "1e-12, 1e-12",
    "0, 0.0",
  })
  void dropoutIsSpelledAsPythonSpellsFloats(double dropout, String text) {
    assertEquals(text, written(LoraConfig.builder().dropout(dropout).build(), "lora_dropout"));
  }

  @ParameterizedTest
  @CsvSource({"16, 16", "0.5, 0.5", "12345678.5, 12345678.5", "1e7, 10000000", "1e16, 1e+16"})
  void alphaIsAnIntWhereItCanBe(double alpha, String text) {
    assertEquals(text, written(LoraConfig.builder().alpha(alpha).build(), "lora_alpha"));
  }

  @Test
  void textBeyondAsciiIsEscapedAsPythonDoes() {
    assertEquals(
        "\"\\u6a21\\ud83d\\ude00<&'\"",
        written(
            LoraConfig.builder().baseModelNameOrPath("模😀<&'").build(), "base_model_name_or_path"));
  }

  @Test
  void absentFieldsTakePeftsDefaults() {
    assertEquals(LoraConfig.builder().build(), parse("\"peft_type\": \"LORA\""));
  }

  @Test
  void oneLayerMayStandAlone() {
    LoraConfig config = parse("\"target_modules\": [\"q\"], \"layers_to_transform\": 3");

    assertEquals(List.of(3), config.layersToTransform());
  }

  @Test
  void onePatternOfLayersMayStandAlone() {
    LoraConfig config =
        parse(
            "\"target_modules\": [\"q\"], \"layers_to_transform\": [3], \"layers_pattern\": \"h\"");

    assertEquals(List.of("h"), config.layersPattern());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"exclude_modules\": []",
        "\"exclude_modules\": \"\"",
        "\"layers_pattern\": \"\"",
        "\"layers_to_transform\": []",
        "\"modules_to_save\": []",
        "\"use_dora\": null",
        "\"layer_replication\": []",
        "\"megatron_config\": {}",
        "\"runtime_config\": {\"ephemeral_gpu_offload\": false}",
      })
  void emptyValuesMeanNothing(String field) {
    LoraConfig config = parse(field);

    LoraConfigBuilder nothingButUnknown = LoraConfig.builder();
    config.unknownFields().forEach(nothingButUnknown::unknownField);
    assertEquals(nothingButUnknown.build(), config);
  }

  @Test
  void allLinearIsReadInAnySpelling() {
    assertEquals(
        new ModuleSelector.AllLinear(),
        parse("\"target_modules\": \"All-Linear\"").targetModules());
  }

  @Test
  void unknownFieldsAreKeptToTheLetter() {
    LoraConfig config = parse("\"novel\": {\"b\": 1.50, \"a\": [1e5]}, \"enable_lora\": null");

    assertEquals(
        Map.of("novel", "{\"b\":1.50,\"a\":[1e5]}", "enable_lora", "null"), config.unknownFields());
    assertEquals("{", written(config, "novel"));
    assertEquals("null", written(config, "enable_lora"));
  }

  @Test
  void unknownFieldMustBeJsonToBeWritten() {
    LoraConfig config = LoraConfig.builder().unknownField("novel", "{").build();

    ConfigurationException e =
        assertThrows(ConfigurationException.class, () -> PeftConfigJson.toJson(config));

    assertEquals("LoraConfig: unknownField \"novel\" holds no valid JSON: {", e.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "\"r\": \"8\"; r must be an integer, found \"8\"",
        "\"r\": 8.5; r must be an integer, found 8.5",
        "\"r\": 99999999999; r must be an integer, found 99999999999",
        "\"r\": true; r must be an integer, found true",
        "\"r\": 0; LoraConfig: rank must be at least 1, was 0",
        "\"lora_alpha\": []; lora_alpha must be a number, found []",
        "\"lora_alpha\": 1e999; LoraConfig: alpha must be a finite number above 0, was Infinity",
        "\"use_rslora\": 1; use_rslora must be true or false, found 1",
        "\"fan_in_fan_out\": \"no\"; fan_in_fan_out must be true or false, found \"no\"",
        "\"target_modules\": 5; target_modules must be a list of strings or a string, found 5",
        "\"target_modules\": [\"q\", 5]; target_modules[1] must be a string, found 5",
        "\"target_modules\": [null]; target_modules[0] must be a string, found null",
        "\"target_modules\": []; LoraConfig: targetModules must name at least one module, the list"
            + " was empty",
        "\"modules_to_save\": \"head\"; modules_to_save must be a list of strings, found \"head\"",
        "\"layers_to_transform\": \"1\"; layers_to_transform must be an integer, found \"1\"",
        "\"layers_to_transform\": [1.5]; layers_to_transform[0] must be an integer, found 1.5",
        "\"rank_pattern\": [1]; rank_pattern must be an object of numbers by module pattern, found"
            + " [1]",
        "\"rank_pattern\": {\"q\": \"2\"}; rank_pattern[\"q\"] must be an integer, found \"2\"",
        "\"alpha_pattern\": {\"q\": null}; alpha_pattern[\"q\"] must be a number, found null",
        "\"trainable_token_indices\": [1.5]; trainable_token_indices[0] must be an integer, found"
            + " 1.5",
        "\"trainable_token_indices\": {\"e\": 1}; trainable_token_indices[\"e\"] must be a list of"
            + " integers, found 1",
        "\"bias\": \"some\"; bias must be one of none, all, lora_only, found \"some\"",
        "\"bias\": true; bias must be a string, found true",
        "\"revision\": 1; revision must be a string, found 1",
        "\"init_lora_weights\": 1; init_lora_weights must be true or false, found 1",
      })
  void wrongValueIsNamedWithFileAndField(String field, String message) {
    AdapterException e = assertThrows(AdapterException.class, () -> parse(field));

    assertEquals("here: " + message, e.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "\"use_qalora\": true; use_qalora is true",
        "\"alora_invocation_tokens\": [1, 2]; alora_invocation_tokens is [1,2]",
        "\"layer_replication\": [[0, 2]]; layer_replication is [[0,2]]",
        "\"target_parameters\": [\"w\"]; target_parameters is [\"w\"]",
        "\"megatron_config\": {\"a\": 1}; megatron_config is {\"a\":1}",
        "\"ensure_weight_tying\": true; ensure_weight_tying is true",
        "\"arrow_config\": {\"top_k\": 1}; arrow_config is {\"top_k\":1}",
        "\"use_bdlora\": {\"nblocks\": 2}; use_bdlora is {\"nblocks\":2}",
        "\"kasa_config\": {\"beta\": 1}; kasa_config is {\"beta\":1}",
        "\"velora_config\": {\"scale\": 1}; velora_config is {\"scale\":1}",
        "\"monteclora_config\": {\"a\": 1}; monteclora_config is {\"a\":1}",
        "\"init_lora_weights\": \"eva\"; init_lora_weights is \"eva\"",
        "\"init_lora_weights\": \"corda\"; init_lora_weights is \"corda\"",
        "\"init_lora_weights\": \"pissa_niter_x\"; init_lora_weights is \"pissa_niter_x\"",
        "\"peft_type\": \"LOHA\"; peft_type is \"LOHA\"",
      })
  void unsupportedFieldIsRefusedByName(String field, String message) {
    AdapterException e = assertThrows(AdapterException.class, () -> parse(field));

    assertEquals("here: " + message, e.getMessage().replaceAll(", which lora4j .*", ""));
    assertEquals(1, e.getMessage().split("; it supports \\S").length - 1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      nullValues = "-",
      value = {
        "[]; here: expected a JSON object, found []",
        "{\"r\": 8}; here: peft_type is missing, expected one of \"LORA\"",
        "{\"peft_type\": null}; here: peft_type is missing, expected one of \"LORA\"",
      })
  void otherJsonIsRefused(String json, String message) {
    AdapterException e =
        assertThrows(AdapterException.class, () -> PeftConfigJson.parse(json, "here"));

    assertTrue(e.getMessage().startsWith(message), e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "{\"peft_type\": \"LORA\"} x",
        "{'peft_type': 'LORA'}",
        "{\"r\": NaN}",
      })
  void brokenJsonIsRefused(String json) {
    AdapterException e =
        assertThrows(AdapterException.class, () -> PeftConfigJson.parse(json, "here"));

    assertEquals("here: no valid JSON", e.getMessage().substring(0, 19));
  }

  @Test
  void fileIsRead(@TempDir Path folder) throws Exception {
    Path file = folder.resolve(PeftConfigJson.FILE_NAME);
    Files.writeString(file, TestResources.read("peft/configs/llama-regex.json"));

    assertEquals(golden("llama-regex"), PeftConfigJson.read(file));
  }

  @Test
  void missingFileIsNamed(@TempDir Path folder) {
    Path file = folder.resolve(PeftConfigJson.FILE_NAME);

    AdapterException e = assertThrows(AdapterException.class, () -> PeftConfigJson.read(file));

    assertEquals(
        file
            + ": cannot be read as an adapter's config: java.nio.file.NoSuchFileException: "
            + file,
        e.getMessage());
  }

  @Test
  void fileOfOtherBytesIsRefused(@TempDir Path folder) throws Exception {
    Path file = folder.resolve(PeftConfigJson.FILE_NAME);
    Files.write(file, new byte[] {'{', (byte) 0xff, '}'});

    assertThrows(AdapterException.class, () -> PeftConfigJson.read(file));
  }

  private static void assertSurvives(LoraConfig config) {
    assertEquals(config, PeftConfigJson.parse(PeftConfigJson.toJson(config), "test"));
  }

  private static LoraConfig golden(String name) {
    return lora(TestResources.read("peft/configs/" + name + ".json"), name);
  }

  /** An object of PEFT's type with one more field, or with its type replaced. */
  private static LoraConfig parse(String fields) {
    return lora("{\"peft_type\": \"LORA\", " + fields + "}", "here");
  }

  private static LoraConfig lora(String json, String source) {
    return assertInstanceOf(LoraConfig.class, PeftConfigJson.parse(json, source));
  }

  private static String written(LoraConfig config, String field) {
    String line = "  \"" + field + "\": ";
    return PeftConfigJson.toJson(config)
        .lines()
        .filter(text -> text.startsWith(line))
        .map(text -> text.substring(line.length()).replaceAll(",$", ""))
        .findFirst()
        .orElse("absent");
  }
}
