// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.lora4j.ConfigurationException;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.LoraConfigBuilder;
import io.github.lora4j.TaskType;
import io.github.lora4j.TokenIndices;
import io.github.lora4j.peft.PeftTensor;
import io.github.lora4j.peft.TensorRole;
import io.github.lora4j.target.AdaptableModule.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class TargetResolverTest {
  private static final List<AdaptableModule> MODEL = llama();

  @ParameterizedTest
  @MethodSource("mistakes")
  void mistakeIsExplained(LoraConfigBuilder config, String message) {
    ConfigurationException e =
        assertThrows(ConfigurationException.class, () -> plan(config.build()));

    assertEquals(message, e.getMessage());
  }

  private static LoraConfigBuilder rows(String target, String table) {
    return LoraConfig.builder()
        .targetModules(target)
        .trainableTokenIndices(new TokenIndices.ByModule(Map.of(table, List.of(0))));
  }

  @Test
  void rowsOfTablesTrainAndAreStored() {
    AdaptationPlan plan =
        plan(LoraConfig.builder().targetModules("q_proj").trainableTokenIndices(7, 2).build());
    AdaptationPlan without = plan(LoraConfig.builder().targetModules("q_proj").build());
    PeftTensor rows = new PeftTensor("model.embed_tokens", TensorRole.TRAINABLE_TOKENS);

    assertEquals(List.of(7, 2), plan.trainedRows().get(0).rows());
    assertTrue(plan.storedTensors().contains(rows));
    assertEquals(
        without.trainableParameters() + 2 * MODEL.get(0).outFeatures(), plan.trainableParameters());
  }

  @Test
  void aTargetedTableIsNotStoredWhereRowsTrain() {
    LoraConfigBuilder config = LoraConfig.builder().targetModules("lm_head");

    assertEquals(1, plan(config.build()).storedBases().size());
    assertEquals(List.of(), plan(config.trainableTokenIndices(1).build()).storedBases());
  }

  static Stream<Arguments> mistakes() {
    return Stream.of(
        arguments(
            LoraConfig.builder().targetModules("q_prj"),
            "target_modules [\"q_prj\"] match none of the 14 linear modules; closest: \"q_proj\","
                + " \"k_proj\", \"v_proj\""),
        arguments(
            LoraConfig.builder().targetModules("layers.1.mlp.upproj", "vproj"),
            "target_modules [\"layers.1.mlp.upproj\", \"vproj\"] match none of the 14 linear"
                + " modules; closest: \"model.layers.1.mlp.up_proj\","
                + " \"model.layers.0.mlp.up_proj\", \"model.layers.1.mlp.gate_proj\", \"v_proj\","
                + " \"q_proj\", \"k_proj\""),
        arguments(
            LoraConfig.builder().targetModules(".*q_proj"),
            "target_modules [\".*q_proj\"] match none of the 14 linear modules; closest:"
                + " \"q_proj\", \"k_proj\", \"v_proj\"; for a regular expression use targetRegex"),
        arguments(
            LoraConfig.builder().targetRegex("q_proj"),
            "target_modules \"q_proj\" match none of the 14 linear modules; an expression must"
                + " match a whole name, such as \"model.layers.0.self_attn.q_proj\""),
        arguments(
            LoraConfig.builder().targetModules("q_proj").excludeModules("self_attn.q_proj"),
            "target_modules [\"q_proj\"] match 2 modules, and exclude_modules or modules_to_save"
                + " take all of them: \"model.layers.0.self_attn.q_proj\","
                + " \"model.layers.1.self_attn.q_proj\""),
        arguments(
            LoraConfig.builder().targetModules("q_proj").layersToTransform(7, 8),
            "target_modules [\"q_proj\"] match 2 modules, none in layers_to_transform [7, 8]; the"
                + " layers of these modules are [0, 1]"),
        arguments(
            LoraConfig.builder().targetModules("q_proj").layersToTransform(1).layersPattern("h"),
            "target_modules [\"q_proj\"] match 2 modules, none in layers_to_transform [1] by"
                + " layers_pattern [\"h\"]; the layers of these modules are []"),
        arguments(
            LoraConfig.builder().targetModules("self_attn"),
            "target_modules [\"self_attn\"] match \"model.layers.0.self_attn\", which is a block of"
                + " modules; only linear modules and embeddings take an adapter"),
        arguments(
            LoraConfig.builder().targetModules("norm"),
            "target_modules [\"norm\"] match \"model.norm\", which is a normalisation; only linear"
                + " modules and embeddings take an adapter"),
        arguments(
            LoraConfig.builder().targetModules("lm_head").modulesToSave("head"),
            "module \"lm_head\" is matched by target_modules [\"lm_head\"] and by the end of"
                + " modules_to_save [\"head\"]; it can have an adapter or train in full"),
        arguments(
            LoraConfig.builder().targetModules("q_proj").trainableTokenIndices(3, 1000),
            "trainable_token_indices: \"model.embed_tokens\" has rows 0 to 11, found 1000; resize"
                + " the vocabulary first, or drop the index"),
        arguments(
            rows("q_proj", "wte"),
            "trainable_token_indices names \"wte\", but no module of the model ends so; expected"
                + " the end of a name such as \"model.embed_tokens\""),
        arguments(
            rows("q_proj", "model.norm"),
            "trainable_token_indices: \"model.norm\" is a NORM; only embeddings and linear modules"
                + " have rows that train"),
        arguments(
            rows("lm_head", "lm_head"),
            "trainable_token_indices: rows of \"lm_head\" cannot train while it is among the"
                + " target_modules; leave it out there, or unset trainable_token_indices"),
        arguments(
            rows("q_proj", "lm_head").modulesToSave("lm_head"),
            "trainable_token_indices: rows of \"lm_head\" cannot train while it is among the"
                + " modules_to_save; leave it out there, or unset trainable_token_indices"),
        arguments(
            LoraConfig.builder(),
            "target_modules are not set, and the architecture has no default; name modules or use"
                + " allLinear()"));
  }

  @Test
  void allLinearNeedsALinearModule() {
    List<AdaptableModule> model =
        List.of(
            new AdaptableModule("norm", Kind.NORM, false, 8, 8, false),
            new AdaptableModule("lm_head", Kind.LINEAR, true, 8, 12, false));
    LoraConfig config = LoraConfig.builder().allLinear().build();

    ConfigurationException e =
        assertThrows(
            ConfigurationException.class, () -> TargetResolver.plan(config, model, List.of()));

    assertEquals(
        "target_modules \"all-linear\": the model has no linear module besides its head",
        e.getMessage());
  }

  @Test
  void expressionOnAModelWithoutLinearModulesIsExplained() {
    List<AdaptableModule> model =
        List.of(new AdaptableModule("wte", Kind.EMBEDDING, false, 12, 8, false));
    LoraConfig config = LoraConfig.builder().targetRegex("q").build();

    ConfigurationException e =
        assertThrows(
            ConfigurationException.class, () -> TargetResolver.plan(config, model, List.of()));

    assertEquals("target_modules \"q\" match none of the 0 linear modules", e.getMessage());
  }

  @Test
  void longListsAreCutInMessages() {
    LoraConfig config =
        LoraConfig.builder()
            .targetModules("a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9", "a10")
            .build();

    ConfigurationException e = assertThrows(ConfigurationException.class, () -> plan(config));

    assertEquals(
        "target_modules [\"a1\", \"a2\", \"a3\", \"a4\", \"a5\", \"a6\", \"a7\", \"a8\" and 2 more]"
            + " match none of the 14 linear modules",
        e.getMessage().split(";", 2)[0]);
  }

  @Test
  void targetsThatMatchNothingAreReported() {
    AdaptationPlan plan = plan(LoraConfig.builder().targetModules("q_proj", "query").build());

    assertEquals(2, plan.adapted().size());
    assertEquals(List.of("query"), plan.unmatchedTargets());
    assertEquals(
        List.of("target_modules: no module of the model matches \"query\""), plan.warnings());
  }

  @Test
  void everythingThatMatchesNothingIsReported() {
    AdaptationPlan plan =
        plan(
            LoraConfig.builder()
                .targetModules("q_proj")
                .excludeModules("wq", "k_proj")
                .modulesToSave("pooler", "norm")
                .rankPattern("v_proj", 2)
                .rankPattern("q_.*", 2)
                .alphaPattern("w_proj", 2)
                .build());

    assertEquals(List.of(), plan.unmatchedTargets());
    assertEquals(
        List.of(
            "exclude_modules: no module of the model matches \"wq\"",
            "modules_to_save: no module of the model matches \"pooler\"",
            "rank_pattern: no module of the model matches \"v_proj\"",
            "alpha_pattern: no module of the model matches \"w_proj\""),
        plan.warnings());
  }

  @Test
  void headsThatATaskMayHaveAreNotMissed() {
    AdaptationPlan plan =
        plan(LoraConfig.builder().targetModules("q_proj").taskType(TaskType.QUESTION_ANS).build());

    assertEquals(List.of("qa_outputs"), plan.config().modulesToSave());
    assertEquals(List.of(), plan.warnings());
  }

  @Test
  void allLinearIsSpelledOutInTheModelsOrder() {
    AdaptationPlan plan = plan(LoraConfig.builder().allLinear().build());

    assertEquals(
        plan.adapted().stream().map(AdaptedModule::name).toList(),
        MODEL.stream().filter(m -> m.isLinear() && !m.outputHead()).map(m -> m.name()).toList());
  }

  @ParameterizedTest
  @CsvSource({
    "kitten, sitting, 3",
    "q_prj, q_proj, 1",
    "'', abc, 3",
    "abc, '', 3",
    "same, same, 0"
  })
  void distanceCountsEdits(String a, String b, int edits) {
    assertEquals(edits, ClosestNames.distance(a, b));
  }

  private static AdaptationPlan plan(LoraConfig config) {
    return TargetResolver.plan(config, MODEL, List.of());
  }

  private static List<AdaptableModule> llama() {
    List<AdaptableModule> model = new ArrayList<>();
    model.add(new AdaptableModule("model.embed_tokens", Kind.EMBEDDING, false, 12, 8, false));
    for (int layer = 0; layer < 2; layer++) {
      String prefix = "model.layers." + layer + ".";
      for (String name : List.of("q_proj", "k_proj", "v_proj", "o_proj")) {
        model.add(
            new AdaptableModule(prefix + "self_attn." + name, Kind.LINEAR, false, 8, 8, false));
      }
      for (String name : List.of("gate_proj", "up_proj", "down_proj")) {
        model.add(new AdaptableModule(prefix + "mlp." + name, Kind.LINEAR, false, 8, 8, false));
      }
      model.add(new AdaptableModule(prefix + "input_layernorm", Kind.NORM, false, 8, 8, false));
    }
    model.add(new AdaptableModule("model.norm", Kind.NORM, false, 8, 8, false));
    model.add(new AdaptableModule("lm_head", Kind.LINEAR, true, 8, 12, false));
    return model;
  }
}
