// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.LoraException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** A table of positions ends. */
class LearnedPositionsTest {
  private static NDList rowBehindPadding(NDManager manager) {
    long[] ids = new long[70];
    long[] mask = new long[70];
    Arrays.fill(ids, 66, 70, 5);
    Arrays.fill(mask, 66, 70, 1);
    Shape shape = new Shape(1, 70);
    return new NDList(manager.create(ids, shape), manager.create(mask, shape));
  }

  /** GPT-2 counts padding and has a row for each of 64 positions. */
  @Test
  void paddingThatPushesTokensPastTheTableIsRefused() {
    try (CheckpointModel model = TinyModels.load(TinyModels.GOLDEN.resolve("gpt2"));
        NDManager scope = model.getNDManager().newSubManager()) {
      NDList batch = rowBehindPadding(scope);
      int arrays = TinyModels.arrays(scope);
      LoraException thrown =
          assertThrows(LoraException.class, () -> TinyModels.forward(model, scope, batch));
      String message = String.valueOf(thrown.getMessage());
      assertTrue(message.contains("position 66") && message.contains("64"), message);
      assertEquals(arrays, TinyModels.arrays(scope));
    }
  }

  @Test
  void whoeverLeavesPaddingOutOfTheCountTakesIt() {
    try (CheckpointModel model = TinyModels.load(TinyModels.GOLDEN.resolve("opt"));
        NDManager scope = model.getNDManager().newSubManager()) {
      assertEquals(
          new Shape(1, 70, 131),
          TinyModels.forward(model, scope, rowBehindPadding(scope)).getShape());
    }
  }
}
