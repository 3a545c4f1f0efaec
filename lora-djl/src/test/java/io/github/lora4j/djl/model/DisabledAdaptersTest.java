// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.training.DefaultTrainingConfig;
import io.github.lora4j.LoraModel;
import io.github.lora4j.TrainingException;
import io.github.lora4j.train.CausalLmLoss;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DisabledAdaptersTest {
  /** Modules saved in full and biases included. */
  @ParameterizedTest
  @MethodSource("io.github.lora4j.djl.model.TinyModels#adapters")
  void disablingBringsTheBaseBackBitForBit(Path adapter) {
    try (CheckpointModel base = TinyModels.baseOf(adapter)) {
      Map<String, float[]> weights = TinyModels.weights(base);
      float[] before = TinyModels.logits(base);
      try (LoraModel model = LoraModel.load(base, adapter)) {
        float[] adapted = TinyModels.logits(model);
        boolean differs = TinyModels.maxDifference(before, adapted) > 1e-3;
        assertEquals(!TinyModels.startsAsTheBase(adapter), differs);
        model.disableAdapters();
        assertEquals(Optional.empty(), model.activeAdapter());
        assertArrayEquals(before, TinyModels.logits(model));
        TinyModels.assertSameWeights(weights, TinyModels.weights(base));
        model.disableAdapters();
        model.enableAdapters();
        assertEquals(Optional.of("default"), model.activeAdapter());
        assertArrayEquals(adapted, TinyModels.logits(model));
      }
    }
  }

  @Test
  void nothingTrainsWhileAdaptersAreDisabled() {
    try (CheckpointModel base = TinyModels.load(TinyModels.LLAMA);
        LoraModel model = LoraModel.wrap(base, TinyModels.random("q_proj").build())) {
      long trainable = model.trainableParameters().trainable();
      model.disableAdapters();
      assertEquals(0, model.trainableParameters().trainable());
      String message =
          assertThrows(
                  TrainingException.class,
                  () -> model.newTrainer(new DefaultTrainingConfig(new CausalLmLoss())))
              .getMessage();
      assertTrue(message.contains("enabled and not merged"), message);
      model.enableAdapters();
      assertEquals(trainable, model.trainableParameters().trainable());
    }
  }

  @Test
  void choosingAnAdapterEnables() {
    try (CheckpointModel base = TinyModels.load(TinyModels.LLAMA);
        LoraModel model = LoraModel.wrap(base, TinyModels.random("q_proj").build())) {
      float[] adapted = TinyModels.logits(model);
      model.disableAdapters();
      model.setActiveAdapter("default");
      assertArrayEquals(adapted, TinyModels.logits(model));
    }
  }

  @Test
  void aDisabledAdapterIsNeitherMergedNorSavedMerged(@TempDir Path directory) {
    try (CheckpointModel base = TinyModels.load(TinyModels.LLAMA);
        LoraModel model = LoraModel.wrap(base, TinyModels.random("q_proj").build())) {
      model.disableAdapters();
      for (Runnable call :
          new Runnable[] {model::merge, model::mergeAndUnload, () -> model.saveMerged(directory)}) {
        String message = assertThrows(IllegalStateException.class, call::run).getMessage();
        assertTrue(message.contains("enableAdapters"), message);
      }
      assertEquals(Optional.empty(), model.activeAdapter());
    }
  }
}
