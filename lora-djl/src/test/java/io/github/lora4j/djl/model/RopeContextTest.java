// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.LoraException;
import io.github.lora4j.generate.GenerationConfig;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where rotary frequencies change with the length, positions end at the change. */
class RopeContextTest {
  @ParameterizedTest
  @CsvSource({"phi3-longrope, 16", "llama-dynamic, 64"})
  void aLongerSequenceIsRefusedAndTheLongestIsNot(String model, int positions) {
    try (CheckpointModel base = TinyModels.load(TinyModels.SAMPLES.resolve(model));
        NDManager scope = base.getNDManager().newSubManager()) {
      assertEquals(positions, base.decoder().spec().maxPositions());
      assertEquals(
          positions, TinyModels.forward(base, scope, ids(scope, positions)).getShape().get(1));
      LoraException e =
          assertThrows(
              LoraException.class,
              () -> TinyModels.forward(base, scope, ids(scope, positions + 1)));
      assertTrue(e.getMessage().contains(String.valueOf(positions)), e.getMessage());
    }
  }

  @ParameterizedTest
  @CsvSource({"phi3-longrope, 16", "llama-dynamic, 64"})
  void generationEndsThere(String model, int positions) {
    try (CheckpointModel base = TinyModels.load(TinyModels.SAMPLES.resolve(model))) {
      GenerationConfig config =
          GenerationConfig.builder().maxNewTokens(100).ignoreEndOfSequence(true).build();
      int[] generated = base.generateTokens(List.of(new int[] {5, 9, 11}), config).get(0);
      assertTrue(generated.length <= positions - 3 + 1, () -> "found " + generated.length);
    }
  }

  private static NDList ids(NDManager scope, int length) {
    NDArray ids = scope.ones(new Shape(1, length), DataType.INT64);
    return new NDList(ids);
  }
}
