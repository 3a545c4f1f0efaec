// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.LoraException;
import io.github.lora4j.generate.GenerationConfig;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class BadBatchTest {
  private static CheckpointModel model;

  @BeforeAll
  static void load() {
    model = TinyModels.load(TinyModels.LLAMA);
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static void assertRefused(Function<NDManager, NDList> batch, String... parts) {
    int before = TinyModels.arrays(model.getNDManager());
    try (NDManager scope = model.getNDManager().newSubManager()) {
      NDList inputs = batch.apply(scope);
      int given = TinyModels.arrays(scope);
      RuntimeException thrown =
          assertThrows(RuntimeException.class, () -> TinyModels.forward(model, scope, inputs));
      assertSame(LoraException.class, thrown.getClass(), thrown::toString);
      for (String part : parts) {
        assertTrue(
            thrown.getMessage().contains(part), () -> part + " not in: " + thrown.getMessage());
      }
      assertEquals(given, TinyModels.arrays(scope));
    }
    assertEquals(before, TinyModels.arrays(model.getNDManager()));
  }

  private static NDArray ids(NDManager manager, int rows, long... ids) {
    return manager.create(ids, new Shape(rows, ids.length / rows));
  }

  @Test
  void anIdOutsideTheVocabularyIsRefused() {
    assertRefused(
        m -> new NDList(ids(m, 2, 5, 6, 7, 131)),
        "input_ids[1][1]",
        "131",
        "0 to 130",
        "tokenizer");
    assertRefused(m -> new NDList(ids(m, 1, -2, 6)), "input_ids[0][0]", "-2");
  }

  @Test
  void anIdBeyondIntIsRefused() {
    assertRefused(m -> new NDList(ids(m, 1, 6, (1L << 32) + 5)), "input_ids[0][1]", "0 to 130");
  }

  @Test
  void paddingMayHoldAnyId() {
    try (NDManager scope = model.getNDManager().newSubManager()) {
      NDList batch = new NDList(ids(scope, 1, -100, 6, 7), ids(scope, 1, 0, 1, 1));
      assertEquals(new Shape(1, 3, 131), TinyModels.forward(model, scope, batch).getShape());
    }
  }

  @Test
  void aSequenceLongerThanThePositionsIsRefused() {
    assertRefused(
        m -> new NDList(m.ones(new Shape(2, 65), DataType.INT64)),
        "input_ids[0]",
        "65 tokens",
        "64 positions");
    assertEquals(64, model.decoder().spec().maxPositions());
  }

  @Test
  void aBatchWithoutTokensIsRefused() {
    assertRefused(
        m -> new NDList(m.zeros(new Shape(2, 0), DataType.INT64)), "at least one token", "(2, 0)");
    assertRefused(
        m -> new NDList(m.zeros(new Shape(0, 3), DataType.INT64)), "at least one token", "(0, 3)");
    assertRefused(
        m -> new NDList(ids(m, 1, 5, 6), ids(m, 1, 0, 0)), "at least one token", "(1, 2)");
    assertRefused(m -> new NDList(), "input_ids", "nothing");
  }

  @Test
  void aMaskOfAnotherShapeIsRefused() {
    assertRefused(
        m -> new NDList(ids(m, 2, 5, 6, 7, 8), ids(m, 1, 1, 1)),
        "attention_mask",
        "(2, 2)",
        "(1, 2)");
    assertRefused(
        m -> new NDList(ids(m, 2, 5, 6, 7, 8), ids(m, 2, 1, 1, 1, 1, 1, 1)),
        "attention_mask",
        "(2, 2)",
        "(2, 3)");
    assertRefused(
        m -> new NDList(ids(m, 2, 5, 6, 7, 8), ids(m, 1, 1, 1, 1, 1)),
        "attention_mask",
        "(2, 2)",
        "(1, 4)");
  }

  @Test
  void idsOfAnotherFormAreRefused() {
    assertRefused(m -> new NDList(m.create(new long[] {5, 6})), "(batch, length)", "(2)");
    assertRefused(m -> new NDList(m.ones(new Shape(1, 2, 3), DataType.INT64)), "(1, 2, 3)");
    assertRefused(m -> new NDList(m.ones(new Shape(1, 2))), "int64", "float32");
  }

  @Test
  void aPromptThatDoesNotFitIsRefused() {
    GenerationConfig greedy = GenerationConfig.greedy();
    int before = TinyModels.arrays(model.getNDManager());
    for (int[] prompt : new int[][] {{}, new int[64]}) {
      assertThrows(
          ConfigurationException.class, () -> model.generateTokens(List.of(prompt), greedy));
    }
    assertThrows(LoraException.class, () -> model.generateTokens(List.of(new int[] {131}), greedy));
    assertEquals(before, TinyModels.arrays(model.getNDManager()));
  }
}
