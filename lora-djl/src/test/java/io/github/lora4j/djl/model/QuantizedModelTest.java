// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.LoadOptions;
import io.github.lora4j.LoadOptionsBuilder;
import io.github.lora4j.LoraException;
import io.github.lora4j.LoraModel;
import io.github.lora4j.djl.nn.ModuleSlot;
import io.github.lora4j.djl.nn.RaggedBatch;
import io.github.lora4j.djl.quant.CountingKernels;
import io.github.lora4j.djl.train.GradientEngine;
import io.github.lora4j.generate.GenerationConfig;
import io.github.lora4j.quant.Quantization;
import io.github.lora4j.target.AdaptableModule.Kind;
import io.github.lora4j.train.GradientCheckpointing;
import io.github.lora4j.train.TrainableModules;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A model whose linear weights are held in few bits. */
class QuantizedModelTest {
  private static final Quantization NF4 = Quantization.nf4().doubleQuantization();

  private static CheckpointModel load(Path checkpoint) {
    return load(checkpoint, LoadOptions.builder().quantization(NF4));
  }

  private static CheckpointModel load(Path checkpoint, LoadOptionsBuilder options) {
    return (CheckpointModel) HuggingFaceModel.load(checkpoint, options.build());
  }

  private static List<String> dense(CheckpointModel model) {
    return model.decoder().modules().stream()
        .filter(slot -> slot.module().kind() == Kind.LINEAR)
        .filter(slot -> !model.decoder().quantized().containsKey(slot))
        .map(ModuleSlot::name)
        .toList();
  }

  @ParameterizedTest
  @MethodSource("io.github.lora4j.djl.model.TinyModels#checkpoints")
  void everyLinearModuleButTheHeadIsQuantized(Path checkpoint) {
    try (CheckpointModel model = load(checkpoint)) {
      assertEquals(List.of(model.decoder().head().name()), dense(model));
      model
          .decoder()
          .quantized()
          .values()
          .forEach(
              linear -> assertEquals(NF4, linear.requantizable().orElseThrow().quantization()));
    }
  }

  @Test
  void modulesMayBeKept() {
    LoadOptionsBuilder options = LoadOptions.builder().quantization(NF4);
    try (CheckpointModel model =
        load(TinyModels.LLAMA, options.keepUnquantized("lm_head", "layers.1.mlp.down_proj"))) {
      assertEquals(List.of("model.layers.1.mlp.down_proj", "lm_head"), dense(model));
    }
    try (CheckpointModel model =
        load(TinyModels.LLAMA, options.keepUnquantizedRegex(".*layers\\.0.*"))) {
      assertEquals(7, dense(model).size());
    }
    try (CheckpointModel model = load(TinyModels.LLAMA, options.keepUnquantized())) {
      assertEquals(List.of(), dense(model));
      assertTrue(model.decoder().quantized().containsKey(model.decoder().head()));
      assertFalse(model.decoder().isHeadTied());
    }
    try (CheckpointModel model = load(TinyModels.BLOOM, options.keepUnquantized())) {
      assertEquals(List.of("lm_head"), dense(model), "a tied head is the embedding");
    }
  }

  @Test
  void aKeptModuleThatIsNoneIsRefusedAndNothingStays() {
    LoadOptionsBuilder options = LoadOptions.builder().quantization(NF4).keepUnquantized("lm_haed");
    try (LiveArrays live = new LiveArrays()) {
      ConfigurationException e =
          assertThrows(ConfigurationException.class, () -> load(TinyModels.LLAMA, options));
      assertTrue(e.getMessage().contains("\"lm_haed\""), e.getMessage());
      assertEquals(0, live.count());
    }
  }

  @ParameterizedTest
  @MethodSource("io.github.lora4j.djl.model.TinyModels#checkpoints")
  void parametersAreCountedByTheirLogicalSize(Path checkpoint) {
    try (CheckpointModel dense = TinyModels.load(checkpoint);
        CheckpointModel model = load(checkpoint)) {
      assertEquals(dense.trainableParameters(), model.trainableParameters());
      try (LoraModel a = LoraModel.wrap(dense, TinyModels.random().allLinear().build());
          LoraModel b = LoraModel.wrap(model, TinyModels.random().allLinear().build())) {
        assertEquals(a.trainableParameters(), b.trainableParameters());
      }
    }
  }

  @Test
  void aQuantizedWeightDoesNotTrainInFull() {
    try (CheckpointModel model = load(TinyModels.LLAMA)) {
      for (TrainableModules modules :
          List.of(TrainableModules.all(), TrainableModules.lastLayers(1))) {
        LoraException e = assertThrows(ConfigurationException.class, () -> model.train(modules));
        assertTrue(e.getMessage().contains("is quantised (nf4-double)"), e.getMessage());
      }
      assertEquals(0, model.trainableParameters().trainable());
      model.train(TrainableModules.head());
      assertTrue(model.trainableParameters().trainable() > 0);
    }
  }

  @Test
  void aQuantizedModuleIsNotSavedInFull() {
    try (CheckpointModel model = load(TinyModels.LLAMA)) {
      LoraException e =
          assertThrows(
              ConfigurationException.class,
              () ->
                  LoraModel.wrap(
                      model, TinyModels.random("q_proj").modulesToSave("down_proj").build()));
      assertTrue(e.getMessage().contains("down_proj"), e.getMessage());
      LoraModel.wrap(model, TinyModels.random("q_proj").modulesToSave("lm_head").build()).close();
    }
  }

  @Test
  void checkpointingIsOnUnlessItIsSwitchedOff() {
    try (CheckpointModel model = load(TinyModels.LLAMA)) {
      assertEquals(GradientCheckpointing.everyLayer(), model.gradientCheckpointing());
      model.setGradientCheckpointing(GradientCheckpointing.none());
      try (AdaptedModel adapted = AdaptedModel.wrap(model, TinyModels.random("q_proj").build())) {
        assertEquals(GradientCheckpointing.none(), adapted.gradientCheckpointing());
      }
    }
    try (CheckpointModel dense = TinyModels.load(TinyModels.LLAMA)) {
      assertEquals(GradientCheckpointing.none(), dense.gradientCheckpointing());
    }
  }

  @Test
  void aWeightIsDequantizedAtMostTwiceAStep() {
    try (CheckpointModel base = load(TinyModels.LLAMA);
        AdaptedModel model = AdaptedModel.wrap(base, TinyModels.random().allLinear().build())) {
      GradientEngine engine = new GradientEngine(model.decoder(), model.gradientCheckpointing(), 0);
      long[] labels = LongStream.range(5, 23).toArray();
      RaggedBatch batch;
      try (NDManager scope = base.getNDManager().newSubManager()) {
        Shape shape = new Shape(2, 9);
        NDArray ids = scope.create(labels, shape);
        batch = model.getBlock().pack(new NDList(ids, ids.onesLike()));
      }
      int arrays = TinyModels.arrays(base.getNDManager());
      CountingKernels.start();
      engine.accumulate(base.getNDManager(), batch, labels, 1);
      int count = CountingKernels.stop();
      int weights = base.decoder().quantized().size();
      assertTrue(count >= weights, "each is used");
      assertTrue(count <= 2 * weights, count + " for " + weights + " weights");
      assertEquals(arrays, TinyModels.arrays(base.getNDManager()));
    }
  }

  @ParameterizedTest
  @MethodSource("io.github.lora4j.djl.model.TinyModels#checkpoints")
  void decodingEqualsThatOfTheSameWeightsInFloat(Path checkpoint, @TempDir Path directory) {
    GenerationConfig config =
        GenerationConfig.builder().maxNewTokens(12).ignoreEndOfSequence(true).build();
    List<int[]> prompts = List.of(new int[] {5, 9, 11, 7}, new int[] {30, 8});
    try (CheckpointModel model = load(checkpoint)) {
      model.saveCheckpoint(directory);
      try (CheckpointModel dense = TinyModels.load(directory)) {
        assertTrue(dense.decoder().quantized().isEmpty());
        assertTrue(
            TinyModels.maxDifference(TinyModels.logits(model), TinyModels.logits(dense)) < 2e-5);
        for (List<int[]> some : List.of(prompts, prompts.subList(0, 1))) {
          List<int[]> expected = dense.generateTokens(some, config);
          List<int[]> actual = model.generateTokens(some, config);
          for (int i = 0; i < some.size(); i++) {
            assertArrayEquals(expected.get(i), actual.get(i));
          }
        }
      }
    }
  }

  @Test
  void aClosedModelLeavesNothing() {
    try (LiveArrays live = new LiveArrays()) {
      CheckpointModel model = load(TinyModels.LLAMA);
      assertEquals(TinyModels.arrays(model.getNDManager()), live.count());
      TinyModels.logits(model);
      model.close();
      assertEquals(0, live.count());
    }
  }
}
