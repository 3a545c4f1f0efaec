// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Linear;
import io.github.lora4j.ConfigurationException;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ParameterGroupTest {
  private static final float RATE = 1e-2f;
  private static final double DECAY = 0.1;

  private static AdamW.Builder adamW() {
    return AdamW.builder().learningRate(RATE).weightDecay(DECAY);
  }

  private static Map<String, float[]> run(AdamW.Builder builder) {
    try (OptimizerRun run = new OptimizerRun();
        AdamW optimizer = builder.build()) {
      return run.steps(optimizer, 1, 3).values();
    }
  }

  @Test
  void aGroupWithoutDecayStepsAsAnOptimizerWithoutAndTheRestWith() {
    Map<String, float[]> grouped =
        run(adamW().group(ParameterGroup.withoutDecay(name -> name.contains("norm"))));
    Map<String, float[]> without = run(adamW().weightDecay(0));
    Map<String, float[]> with = run(adamW());
    assertArrayEquals(without.get("norm.weight"), grouped.get("norm.weight"));
    assertArrayEquals(with.get("a"), grouped.get("a"));
    assertFalse(Arrays.equals(without.get("a"), with.get("a")));
  }

  @Test
  void aGroupWithAFactorStepsAsAnOptimizerOfThatLearningRate() {
    Map<String, float[]> grouped =
        run(adamW().group(ParameterGroup.withLearningRate(16, "b"::equals)));
    assertArrayEquals(run(adamW().learningRate(16 * RATE)).get("b"), grouped.get("b"));
    assertArrayEquals(run(adamW()).get("a"), grouped.get("a"));
  }

  @Test
  void theFirstGroupThatHoldsAParameterCounts() {
    Map<String, float[]> grouped =
        run(
            adamW()
                .group(ParameterGroup.withoutDecay("a"::equals))
                .group(ParameterGroup.withLearningRate(0, name -> true)));
    assertArrayEquals(run(adamW().weightDecay(0)).get("a"), grouped.get("a"));
    try (OptimizerRun untouched = new OptimizerRun()) {
      assertArrayEquals(untouched.values().get("large"), grouped.get("large"));
    }
  }

  @Test
  void namesOfABlockReachGroupsUnderTheIdsOfDjl() {
    try (NDManager manager = NDManager.newBaseManager()) {
      Linear block = Linear.builder().setUnits(2).build();
      block.initialize(manager, DataType.FLOAT32, new Shape(1, 3));
      Parameter bias = block.getParameters().get("bias");
      NDArray gradient = manager.ones(new Shape(2));
      try (AdamW frozen =
          adamW()
              .namesOf(block)
              .group(ParameterGroup.withLearningRate(0, "bias"::equals))
              .build()) {
        frozen.update(bias.getId(), bias.getArray(), gradient);
      }
      assertArrayEquals(new float[2], bias.getArray().toFloatArray());
      try (AdamW moving = adamW().namesOf(block).build()) {
        moving.update(bias.getId(), bias.getArray(), gradient);
      }
      assertEquals(-RATE, bias.getArray().getFloat(0), 1e-6);
    }
  }

  @Test
  void negativeNumbersAreRefused() {
    assertThrows(
        ConfigurationException.class, () -> ParameterGroup.withLearningRate(-1, name -> true));
  }
}
