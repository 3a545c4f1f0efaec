// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.LoraException;
import io.github.lora4j.generate.GenerationConfig;
import java.util.Arrays;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TokenSamplerTest {
  private static final int DRAWS = 200_000;

  private final TokenHistory history = new TokenHistory(new int[] {0});
  private final RandomGenerator random = new SplittableRandom(5);

  @Test
  void greedyTakesTheLowestIdAmongEquals() {
    TokenSampler sampler = sampler(GenerationConfig.greedy());
    assertEquals(1, sampler.next(new float[] {-3, 4, 4, 1}, history, random));
    assertTrue(sampler.isPlainArgmax());
  }

  @Test
  void greedyWithAProcessorIsNotPlain() {
    TokenSampler sampler = sampler(GenerationConfig.builder().repetitionPenalty(2).build());
    assertFalse(sampler.isPlainArgmax());
    assertEquals(1, sampler.next(new float[] {4, 3}, history, random));
  }

  @Test
  void minNewTokensWithoutAnEndIsPlain() {
    GenerationConfig config = GenerationConfig.builder().minNewTokens(3).build();
    assertTrue(new TokenSampler(config, Set.of()).isPlainArgmax());
    assertFalse(new TokenSampler(config, Set.of(1)).isPlainArgmax());
  }

  @Test
  void samplingIsNeverPlain() {
    assertFalse(sampler(GenerationConfig.sampling(1)).isPlainArgmax());
  }

  @Test
  void drawsFollowTheSoftmax() {
    float[] logits = {1, 0, Float.NEGATIVE_INFINITY, 2, -1};
    double sum = Math.exp(1) + 1 + Math.exp(2) + Math.exp(-1);
    int[] counts = new int[logits.length];
    TokenSampler sampler = sampler(GenerationConfig.sampling(1));
    for (int i = 0; i < DRAWS; i++) {
      counts[sampler.next(logits.clone(), history, random)]++;
    }
    for (int id = 0; id < logits.length; id++) {
      double expected = Math.exp(logits[id]) / sum;
      double deviation = Math.sqrt(expected * (1 - expected) / DRAWS);
      assertEquals(expected, counts[id] / (double) DRAWS, 4 * deviation, "token " + id);
    }
  }

  @Test
  void anImpossibleLastTokenIsNeverDrawn() {
    TokenSampler sampler = sampler(GenerationConfig.sampling(1));
    RandomGenerator nearlyOne = () -> -1L;
    for (int round = 0; round < 200; round++) {
      float[] logits = new float[500];
      for (int id = 0; id < 499; id++) {
        logits[id] = -40 * (float) random.nextDouble();
      }
      logits[499] = Float.NEGATIVE_INFINITY;
      assertNotEquals(499, sampler.next(logits, history, nearlyOne));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void logitsWithoutAChoiceAreRefused(boolean doSample) {
    GenerationConfig config =
        doSample
            ? GenerationConfig.builder().topK(2).topP(0.5f).minP(0.1f).build()
            : GenerationConfig.greedy();
    float out = Float.NEGATIVE_INFINITY;
    float[][] rows = {{1, Float.NaN, 3}, {Float.NaN, Float.NaN, Float.NaN}, {out, out, out}};
    for (float[] row : rows) {
      String name = Arrays.toString(row);
      LoraException thrown =
          assertThrows(LoraException.class, () -> sampler(config).next(row, history, random), name);
      assertEquals(
          "generate: the logits of new token 1 hold NaN or no finite value; check the weights of"
              + " the model and the adapter",
          thrown.getMessage());
    }
  }

  @Test
  void anInfiniteLogitIsRefusedWhenSampling() {
    TokenSampler sampler = sampler(GenerationConfig.sampling(1));
    float[] logits = {1, Float.POSITIVE_INFINITY};
    assertThrows(LoraException.class, () -> sampler.next(logits, history, random));
  }

  private static TokenSampler sampler(GenerationConfig config) {
    return new TokenSampler(config, Set.of());
  }
}
