// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.training.DefaultTrainingConfig;
import io.github.lora4j.CausalLm;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.LoraModel;
import io.github.lora4j.TrainableParameters;
import io.github.lora4j.generate.GenerationConfig;
import io.github.lora4j.train.CausalLmLoss;
import io.github.lora4j.train.TrainableModules;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ClosedModelTest {
  private static final Path NEVER = Path.of("target/never-written");

  @ParameterizedTest
  @MethodSource("io.github.lora4j.djl.model.TinyModels#adapters")
  void closingLeavesTheBaseAsItWas(Path adapter) {
    try (CheckpointModel base = TinyModels.baseOf(adapter)) {
      float[] logits = TinyModels.logits(base);
      Map<String, float[]> weights = TinyModels.weights(base);
      int arrays = TinyModels.arrays(base.getNDManager());
      List<String> names = base.getBlock().getParameters().keys();
      for (int i = 0; i < 2; i++) {
        LoraModel model = LoraModel.load(base, adapter);
        model.merge();
        model.close();
        model.close();
      }
      assertArrayEquals(logits, TinyModels.logits(base));
      TinyModels.assertSameWeights(weights, TinyModels.weights(base));
      assertEquals(arrays, TinyModels.arrays(base.getNDManager()));
      assertEquals(names, base.getBlock().getParameters().keys());
    }
  }

  @Test
  void closingGivesBackWhatTrained() {
    try (CheckpointModel base = TinyModels.load(TinyModels.LLAMA)) {
      base.train(TrainableModules.lastLayers(1));
      TrainableParameters before = base.trainableParameters();
      assertTrue(before.trainable() > 0);
      try (LoraModel model = LoraModel.wrap(base, LoraConfig.builder().build())) {
        assertEquals(0, base.trainableParameters().trainable());
        assertTrue(model.trainableParameters().trainable() > 0);
      }
      assertEquals(before, base.trainableParameters());
    }
  }

  @Test
  void aClosedLoraModelSaysSo() {
    try (CheckpointModel base = TinyModels.load(TinyModels.LLAMA)) {
      LoraModel model = LoraModel.wrap(base, LoraConfig.builder().build());
      model.close();
      assertEachSaysClosed(
          model,
          model::adapters,
          model::activeAdapter,
          () -> model.addAdapter("a", LoraConfig.builder().build()),
          () -> model.loadAdapter("a", TinyModels.LLAMA.resolve("adapters/default")),
          () -> model.deleteAdapter("default"),
          () -> model.setActiveAdapter("default"),
          model::disableAdapters,
          model::enableAdapters,
          model::merge,
          model::unmerge,
          model::mergeAndUnload,
          () -> model.saveAdapter(NEVER),
          () -> model.saveMerged(NEVER));
      assertFalse(base.isAdapted());
    }
  }

  @Test
  void aClosedCheckpointSaysSo() {
    CheckpointModel base = TinyModels.load(TinyModels.LLAMA);
    base.close();
    base.close();
    assertEachSaysClosed(
        base,
        () -> base.train(TrainableModules.all()),
        () -> LoraModel.wrap(base, LoraConfig.builder().build()));
  }

  private static void assertEachSaysClosed(CausalLm model, Executable... others) {
    List<Executable> common =
        List.of(
            model::tokenizer,
            model::trainableParameters,
            () -> model.generateTokens(List.of(new int[] {1}), GenerationConfig.greedy()),
            () -> model.generate("a", GenerationConfig.greedy()),
            () -> model.newTrainer(new DefaultTrainingConfig(new CausalLmLoss())),
            () -> model.saveCheckpoint(NEVER));
    for (Executable call : Stream.of(common, List.of(others)).flatMap(List::stream).toList()) {
      String message = assertThrows(IllegalStateException.class, call).getMessage();
      assertTrue(message.contains("\"llama\" is closed"), message);
    }
    assertFalse(NEVER.toFile().exists());
  }

  @Test
  void theBaseMayBeClosedFirst() {
    CheckpointModel base = TinyModels.load(TinyModels.LLAMA);
    base.train(TrainableModules.all());
    LoraModel model = LoraModel.load(base, TinyModels.LLAMA.resolve("adapters/modules_to_save"));
    model.merge();
    base.close();
    assertThrows(IllegalStateException.class, model::unmerge);
    model.close();
    model.close();
  }
}
