// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.ConfigurationException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class GenerationConfigTest {
  @Test
  void greedyIsNeutralInEverything() {
    assertEquals(
        new GenerationConfig(
            128, 0, false, 1, 0, 1, 0, 1, List.of(), Set.of(), false, true, true, 0),
        GenerationConfig.greedy());
  }

  @Test
  void samplingSetsTheTemperatureAlone() {
    assertEquals(
        new GenerationConfig(
            128, 0, true, 0.7f, 0, 1, 0, 1, List.of(), Set.of(), false, true, true, 0),
        GenerationConfig.sampling(0.7f));
  }

  @Test
  void everySettingOfADistributionAsksForSampling() {
    assertTrue(GenerationConfig.builder().temperature(1).build().doSample());
    assertTrue(GenerationConfig.builder().topK(5).build().doSample());
    assertTrue(GenerationConfig.builder().topP(0.5f).build().doSample());
    assertTrue(GenerationConfig.builder().minP(0.5f).build().doSample());
    assertFalse(GenerationConfig.builder().repetitionPenalty(2).seed(1).build().doSample());
  }

  @Test
  void everyFieldIsBuiltAndGoesThroughToBuilder() {
    GenerationConfig config =
        GenerationConfig.builder()
            .maxNewTokens(9)
            .minNewTokens(2)
            .temperature(0.5f)
            .topK(50)
            .topP(0.9f)
            .minP(0.1f)
            .repetitionPenalty(1.2f)
            .stopStrings("a", "b")
            .endOfSequenceIds(7, 8)
            .addSpecialTokens(false)
            .skipSpecialTokens(false)
            .seed(42)
            .build();
    assertEquals(
        new GenerationConfig(
            9,
            2,
            true,
            0.5f,
            50,
            0.9f,
            0.1f,
            1.2f,
            List.of("a", "b"),
            Set.of(7, 8),
            false,
            false,
            false,
            42),
        config);
    assertEquals(config, config.toBuilder().build());
    GenerationConfig ignoring = GenerationConfig.builder().ignoreEndOfSequence(true).build();
    assertTrue(ignoring.ignoreEndOfSequence());
    assertEquals(ignoring, ignoring.toBuilder().build());
  }

  @Test
  void laterChangesOfTheListDoNotReachTheConfig() {
    List<String> stops = new ArrayList<>(List.of("a"));
    GenerationConfig config =
        new GenerationConfig(1, 0, false, 1, 0, 1, 0, 1, stops, Set.of(), false, true, true, 0);
    stops.add("b");
    assertEquals(List.of("a"), config.stopStrings());
  }

  static Stream<Arguments> mistakes() {
    return Stream.of(
        mistake("maxNewTokens must be at least 1, was 0", b -> b.maxNewTokens(0)),
        mistake("minNewTokens must not be negative, was -1", b -> b.minNewTokens(-1)),
        mistake(
            "minNewTokens must be at most maxNewTokens (4), was 5",
            b -> b.maxNewTokens(4).minNewTokens(5)),
        mistake("temperature must be positive, was -1.0", b -> b.temperature(-1)),
        mistake("temperature must be positive, was NaN", b -> b.temperature(Float.NaN)),
        mistake(
            "temperature must be positive, was Infinity",
            b -> b.temperature(Float.POSITIVE_INFINITY)),
        mistake(
            "temperature must be positive, use greedy() for no sampling, was 0.0",
            b -> b.temperature(0)),
        mistake("topK must not be negative, was -2", b -> b.topK(-2)),
        mistake("topP must be in (0, 1], was 0.0", b -> b.topP(0)),
        mistake("topP must be in (0, 1], was 1.5", b -> b.topP(1.5f)),
        mistake("topP must be in (0, 1], was NaN", b -> b.topP(Float.NaN)),
        mistake("minP must be in [0, 1], was -0.1", b -> b.minP(-0.1f)),
        mistake("minP must be in [0, 1], was 1.1", b -> b.minP(1.1f)),
        mistake("repetitionPenalty must be positive, was 0.0", b -> b.repetitionPenalty(0)),
        mistake(
            "stopStrings must not hold an empty string, was [a, ]", b -> b.stopStrings("a", "")),
        mistake("endOfSequenceIds must not be negative, was [-3]", b -> b.endOfSequenceIds(-3)),
        mistake(
            "endOfSequenceIds must be empty if ignoreEndOfSequence is set, was [2]",
            b -> b.endOfSequenceIds(2).ignoreEndOfSequence(true)));
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void mistakesAreNamed(String message, UnaryOperator<GenerationConfigBuilder> setting) {
    GenerationConfigBuilder builder = setting.apply(GenerationConfig.builder());
    ConfigurationException thrown = assertThrows(ConfigurationException.class, builder::build);
    assertEquals("GenerationConfig: " + message, thrown.getMessage());
  }

  @Test
  void settingsWithoutEffectOnGreedyGenerationAreRefused() {
    ConfigurationException thrown =
        assertThrows(
            ConfigurationException.class,
            () ->
                new GenerationConfig(
                    1, 0, false, 1, 50, 1, 0, 1, List.of(), Set.of(), false, true, true, 0));
    assertEquals(
        "GenerationConfig: topK acts only if doSample is set and must be 0 without, was 50",
        thrown.getMessage());
  }

  private static Arguments mistake(String message, UnaryOperator<GenerationConfigBuilder> setting) {
    return Arguments.of(message, setting);
  }
}
