// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.translate.NoBatchifyTranslator;
import ai.djl.translate.TranslateException;
import ai.djl.translate.TranslatorContext;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.LoraException;
import io.github.lora4j.LoraModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The models as DJL models. */
class PredictorTest {
  private CheckpointModel base;

  @BeforeEach
  void load() {
    base = TinyModels.load(TinyModels.LLAMA);
  }

  @AfterEach
  void close() {
    base.close();
  }

  /** Ids and mask in, padded logits out. */
  private static final class Logits implements NoBatchifyTranslator<long[][], float[]> {
    private Shape shape;

    @Override
    public NDList processInput(TranslatorContext context, long[][] rows) {
      NDManager manager = context.getNDManager();
      Shape padded = new Shape(2, rows[0].length / 2);
      return new NDList(manager.create(rows[0], padded), manager.create(rows[1], padded));
    }

    @Override
    public float[] processOutput(TranslatorContext context, NDList list) {
      shape = list.singletonOrThrow().getShape();
      return list.singletonOrThrow().toFloatArray();
    }
  }

  private static final long[][] BATCH = {
    {5, 9, 11, 7, 30, 3, 3, 8, 4, 60}, {1, 1, 1, 1, 1, 0, 0, 1, 1, 1}
  };

  @Test
  void aPredictorGivesPaddedLogits() throws TranslateException {
    try (LoraModel model = LoraModel.wrap(base, TinyModels.random().allLinear().build())) {
      Logits translator = new Logits();
      try (Predictor<long[][], float[]> predictor = model.newPredictor(translator)) {
        float[] logits = predictor.predict(BATCH);
        assertEquals(new Shape(2, 5, 131), translator.shape);
        assertArrayEquals(TinyModels.logits(model), logits);
        for (int i = 0; i < 2 * 131; i++) {
          assertEquals(0f, logits[5 * 131 + i], "padding has no logits");
        }
        model.disableAdapters();
        assertArrayEquals(TinyModels.logits(base), predictor.predict(BATCH));
      }
    }
  }

  @Test
  void severalPredictorsLeaveNoArrayBehind() throws TranslateException {
    TinyModels.logits(base);
    int before = TinyModels.arrays(base.getNDManager());
    try (Predictor<long[][], float[]> first = base.newPredictor(new Logits());
        Predictor<long[][], float[]> second = base.newPredictor(new Logits())) {
      float[] expected = first.predict(BATCH);
      for (int i = 0; i < 50; i++) {
        assertArrayEquals(expected, second.batchPredict(List.of(BATCH, BATCH)).get(1));
        assertEquals(before, TinyModels.arrays(base.getNDManager()));
      }
    }
    assertEquals(before, TinyModels.arrays(base.getNDManager()));
  }

  @Test
  void aBadBatchIsTheCauseOfWhatThePredictorThrows() {
    try (Predictor<long[][], float[]> predictor = base.newPredictor(new Logits())) {
      int before = TinyModels.arrays(base.getNDManager());
      long[][] bad = {{5, 999}, {1, 1}};
      TranslateException thrown =
          assertThrows(TranslateException.class, () -> predictor.predict(bad));
      assertInstanceOf(LoraException.class, thrown.getCause());
      assertTrue(thrown.getCause().getMessage().contains("999"), thrown::toString);
      assertEquals(before, TinyModels.arrays(base.getNDManager()));
    }
  }

  @Test
  void aPredictorOnAnotherDeviceIsRefused() {
    String message =
        assertThrows(
                ConfigurationException.class,
                () -> base.newPredictor(new Logits(), Device.of("gpu", 3)))
            .getMessage();
    assertTrue(message.contains("cpu()"), message);
    assertTrue(message.contains("gpu(3)"), message);
    assertTrue(message.contains("LoadOptions.withDevice"), message);
  }

  @Test
  void theModelDescribesItself() {
    assertEquals("llama", base.getName());
    assertEquals(DataType.FLOAT32, base.getDataType());
    assertEquals(TinyModels.LLAMA, base.getModelPath());
    assertEquals(List.of("input_ids", "attention_mask"), base.describeInput().keys());
    assertEquals(List.of(new Shape(-1, -1), new Shape(-1, -1)), base.describeInput().values());
    assertEquals(List.of("logits"), base.describeOutput().keys());
    assertEquals(List.of(new Shape(-1, -1, 131)), base.describeOutput().values());
    assertTrue(base.getBlock().isInitialized());
    assertThrows(UnsupportedOperationException.class, () -> base.load(TinyModels.LLAMA));
  }

  /** What DJL's SaveModelTrainingListener calls. */
  @Test
  void savingAsDjlSavesWritesTheAdapterOrTheCheckpoint(@TempDir Path directory) throws Exception {
    Path checkpoint = directory.resolve("base");
    base.save(checkpoint, "name");
    assertTrue(Files.isRegularFile(checkpoint.resolve("model.safetensors")));
    try (LoraModel model = LoraModel.wrap(base, TinyModels.random("q_proj").build())) {
      Path adapter = directory.resolve("adapter");
      float[] expected = TinyModels.logits(model);
      model.save(adapter, "name");
      try (CheckpointModel fresh = TinyModels.load(checkpoint);
          LoraModel loaded = LoraModel.load(fresh, adapter)) {
        assertArrayEquals(expected, TinyModels.logits(loaded));
      }
    }
  }
}
