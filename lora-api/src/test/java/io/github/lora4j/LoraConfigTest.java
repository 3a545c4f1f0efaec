// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class LoraConfigTest {
  @Test
  void defaultsArePeftsDefaults() {
    LoraConfig config = LoraConfig.builder().build();

    assertEquals(8, config.rank());
    assertEquals(8.0, config.alpha());
    assertEquals(0.0, config.dropout());
    assertEquals(new ModuleSelector.Unset(), config.targetModules());
    assertEquals(new ModuleSelector.Unset(), config.excludeModules());
    assertEquals(Bias.NONE, config.bias());
    assertEquals(Initialization.KAIMING_UNIFORM, config.initialization());
    assertEquals(Optional.empty(), config.taskType());
  }

  @Test
  void scalingIsAlphaOverRank() {
    assertEquals(4.0, LoraConfig.builder().build().scaling(4, 16));
    assertEquals(0.125, LoraConfig.builder().build().scaling(4, 0.5));
  }

  @Test
  void rankStabilizedScalingIsAlphaOverTheRootOfRank() {
    assertEquals(8.0, LoraConfig.builder().rankStabilized(true).build().scaling(4, 16));
  }

  @Test
  void firstPatternThatMatchesGivesTheRank() {
    LoraConfig config =
        LoraConfig.builder().rank(4).rankPattern("self_attn.*", 3).rankPattern("q_proj", 5).build();

    assertEquals(3, config.rankOf("model.layers.0.self_attn.q_proj"));
    assertEquals(5, config.rankOf("q_proj"));
    assertEquals(4, config.rankOf("mlp.xq_proj"));
  }

  @Test
  void firstPatternThatMatchesGivesTheAlpha() {
    LoraConfig config = LoraConfig.builder().alphaPattern("v_proj", 0.5).build();

    assertEquals(0.5, config.alphaOf("layers.1.v_proj"));
    assertEquals(8.0, config.alphaOf("layers.1.v_proj.x"));
  }

  @Test
  void equalFieldsMakeEqualConfigs() {
    assertEquals(full().build(), full().build());
    assertEquals(full().build().hashCode(), full().build().hashCode());
  }

  @ParameterizedTest
  @MethodSource("changes")
  void everyFieldCountsInEquality(UnaryOperator<LoraConfigBuilder> change) {
    assertNotEquals(full().build(), change.apply(full()).build());
  }

  static Stream<UnaryOperator<LoraConfigBuilder>> changes() {
    return Stream.of(
        b -> b.rank(9),
        b -> b.alpha(9),
        b -> b.dropout(0.2),
        b -> b.targetModules("k_proj"),
        b -> b.excludeModules("k_proj"),
        b -> b.bias(Bias.ALL),
        b -> b.modulesToSave("norm"),
        b -> b.trainableTokenIndices(8),
        b -> b.layersToTransform(0),
        b -> b.layersPattern("h"),
        b -> b.rankPattern("q_proj", 3),
        b -> b.alphaPattern("q_proj", 3),
        b -> b.rankStabilized(false),
        b -> b.useDora(true),
        b -> b.initialization(Initialization.RANDOM).loraBias(true),
        b -> b.fanInFanOut(false),
        b -> b.initialization(Initialization.GAUSSIAN).fusedTargets(QkvPart.KEY),
        b -> b.initialization(Initialization.RANDOM),
        b -> b.taskType(TaskType.TOKEN_CLS),
        b -> b.baseModelNameOrPath("other"),
        b -> b.revision("other"),
        b -> b.unknownField("novel", "2"));
  }

  @Test
  void powerIterationsAreNotNegative() {
    ConfigurationException e =
        assertThrows(ConfigurationException.class, () -> Initialization.pissa(-1));

    assertEquals(
        "Initialization: only PISSA has iterations, 0 or more, and LOFTQ, but the rule is PISSA,"
            + " found -1",
        e.getMessage());
  }

  @Test
  void toBuilderGivesAnEqualConfig() {
    assertEquals(full().build(), full().build().toBuilder().build());
  }

  @Test
  void configDoesNotFollowTheBuilder() {
    LoraConfigBuilder builder = LoraConfig.builder().rankPattern("a", 1);
    LoraConfig config = builder.build();
    builder.rankPattern("b", 2);

    assertEquals(List.of("a"), new ArrayList<>(config.rankPattern().keySet()));
  }

  @Test
  void patternsKeepTheirOrder() {
    LoraConfig config =
        LoraConfig.builder().rankPattern("z", 1).rankPattern("a", 2).rankPattern("m", 3).build();

    assertEquals(List.of("z", "a", "m"), new ArrayList<>(config.rankPattern().keySet()));
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void mistakeIsNamed(UnaryOperator<LoraConfigBuilder> mistake, String message) {
    LoraConfigBuilder builder = mistake.apply(LoraConfig.builder());

    ConfigurationException e = assertThrows(ConfigurationException.class, builder::build);

    assertEquals(message, e.getMessage());
  }

  static Stream<Arguments> mistakes() {
    return Stream.of(
        mistake(b -> b.rank(0), "LoraConfig: rank must be at least 1, was 0"),
        mistake(b -> b.alpha(0), "LoraConfig: alpha must be a finite number above 0, was 0.0"),
        mistake(
            b -> b.alpha(Double.NaN), "LoraConfig: alpha must be a finite number above 0, was NaN"),
        mistake(b -> b.dropout(7), "LoraConfig: dropout must be at least 0 and below 1, was 7.0"),
        mistake(b -> b.dropout(1), "LoraConfig: dropout must be at least 0 and below 1, was 1.0"),
        mistake(
            b -> b.dropout(Double.NaN),
            "LoraConfig: dropout must be at least 0 and below 1, was NaN"),
        mistake(
            b -> b.targetModules(new String[0]),
            "LoraConfig: targetModules must name at least one module, the list was empty"),
        mistake(
            b -> b.targetModules("q_proj", ""),
            "LoraConfig: targetModules must hold names of modules, one was empty"),
        mistake(
            b -> b.targetModules("all-linear"),
            "LoraConfig: targetModules must hold names of modules, was \"all-linear\"; use"
                + " allLinear()"),
        mistake(
            b -> b.targetRegex("(q_proj"),
            "LoraConfig: targetModules \"(q_proj\" is no valid regular expression: Unclosed group"),
        mistake(
            b -> b.excludeRegex("*"),
            "LoraConfig: excludeModules \"*\" is no valid regular expression: Dangling meta"
                + " character '*'"),
        mistake(
            b -> b.excludeModules(new ModuleSelector.AllLinear()),
            "LoraConfig: excludeModules cannot be all linear modules; name the modules to spare"),
        mistake(
            b -> b.targetRegex(".*").layersToTransform(1),
            "LoraConfig: layersToTransform works only with targetModules that are a list of names;"
                + " put the layers into the regular expression"),
        mistake(
            b -> b.allLinear().layersToTransform(1),
            "LoraConfig: layersToTransform works only with targetModules that are a list of names;"
                + " put the layers into the regular expression"),
        mistake(
            b -> b.layersToTransform(0, -1),
            "LoraConfig: layersToTransform must hold indices from 0, one was -1"),
        mistake(
            b -> b.layersPattern("h"),
            "LoraConfig: layersPattern says where layersToTransform looks; set layersToTransform"
                + " too"),
        mistake(
            b -> b.layersToTransform(1).layersPattern("["),
            "LoraConfig: layersPattern \"[\" is no valid regular expression: Unclosed character"
                + " class"),
        mistake(
            b -> b.modulesToSave(""),
            "LoraConfig: modulesToSave must hold names of modules, one was empty"),
        mistake(
            LoraConfigBuilder::trainableTokenIndices,
            "LoraConfig: trainableTokenIndices must hold token ids; without any, leave it unset"),
        mistake(
            b -> b.trainableTokenIndices(3, -1),
            "LoraConfig: trainableTokenIndices must hold ids from 0, one was -1"),
        mistake(
            b -> b.trainableTokenIndices(new TokenIndices.ByModule(Map.of("wte", List.of(3, 3)))),
            "LoraConfig: trainableTokenIndices of \"wte\" must hold each id once, twice there was"
                + " 3"),
        mistake(
            b -> b.trainableTokenIndices(new TokenIndices.ByModule(Map.of())),
            "LoraConfig: trainableTokenIndices must name a module; without rows that train, leave"
                + " it unset"),
        mistake(
            b -> b.rankPattern("q_proj", 0),
            "LoraConfig: rankPattern \"q_proj\" must be at least 1, was 0"),
        mistake(
            b -> b.rankPattern("q_(", 1),
            "LoraConfig: rankPattern \"q_(\" is no valid regular expression: Unclosed group"),
        mistake(
            b -> b.alphaPattern("q_proj", -1),
            "LoraConfig: alphaPattern \"q_proj\" must be a finite number above 0, was -1.0"),
        mistake(
            b -> b.loraBias(true).useDora(true),
            "LoraConfig: loraBias does not go with useDora; set one of them"),
        mistake(
            b -> b.loraBias(true).initialization(Initialization.PISSA),
            "LoraConfig: loraBias goes with the initializations KAIMING_UNIFORM and RANDOM, was"
                + " PISSA"),
        mistake(
            b -> b.fusedTargets(QkvPart.QUERY).useDora(true),
            "LoraConfig: fusedTargets goes with plain LoRA; unset useDora and loraBias, or adapt"
                + " whole modules"),
        mistake(
            b -> b.fusedTargets(QkvPart.QUERY).initialization(Initialization.RANDOM),
            "LoraConfig: fusedTargets needs a B that starts at zero, initialization KAIMING_UNIFORM"
                + " or GAUSSIAN, was RANDOM"));
  }

  private static Arguments mistake(UnaryOperator<LoraConfigBuilder> mistake, String message) {
    return arguments(mistake, message);
  }

  private static LoraConfigBuilder full() {
    return LoraConfig.builder()
        .rank(4)
        .alpha(1.5)
        .dropout(0.1)
        .targetModules("q_proj", "v_proj")
        .excludeModules("layers.0.q_proj")
        .bias(Bias.LORA_ONLY)
        .modulesToSave("lm_head")
        .trainableTokenIndices(7)
        .layersToTransform(1, 2)
        .layersPattern("layers")
        .rankPattern("q_proj", 2)
        .alphaPattern("v_proj", 3)
        .rankStabilized(true)
        .fanInFanOut(true)
        .initialization(Initialization.GAUSSIAN)
        .taskType(TaskType.CAUSAL_LM)
        .baseModelNameOrPath("base")
        .revision("main")
        .unknownField("novel", "{\"a\":1}");
  }
}
