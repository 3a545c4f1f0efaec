// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDManager;
import io.github.lora4j.AdapterConfig;
import io.github.lora4j.AdapterException;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.Ia3Config;
import io.github.lora4j.LoraModel;
import io.github.lora4j.PrefixTuningConfig;
import io.github.lora4j.PromptDimensions;
import io.github.lora4j.PromptTuningConfig;
import io.github.lora4j.generate.GenerationConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Adapters that are no LoRA, on models: switched, saved, loaded, merged, freed, refused. */
class AdapterFamiliesTest {
  private static final GenerationConfig FIVE_TOKENS =
      GenerationConfig.builder().maxNewTokens(5).ignoreEndOfSequence(true).build();
  private static final List<int[]> PROMPTS = List.of(new int[] {5, 6, 7}, new int[] {8});

  @TempDir Path directory;

  @ParameterizedTest
  @MethodSource("io.github.lora4j.djl.model.TinyModels#otherKinds")
  void aSavedAdapterComputesTheSameOnAFreshBase(AdapterConfig config) {
    for (Path checkpoint : List.of(TinyModels.LLAMA, TinyModels.BLOOM)) {
      Path target = directory.resolve(checkpoint.getFileName());
      float[] expected;
      List<int[]> generated;
      try (CheckpointModel base = TinyModels.load(checkpoint);
          LoraModel model = LoraModel.wrap(base, config)) {
        expected = TinyModels.logits(model);
        generated = model.generateTokens(PROMPTS, FIVE_TOKENS);
        model.saveAdapter(target);
      }
      try (CheckpointModel fresh = TinyModels.load(checkpoint);
          LoraModel loaded = LoraModel.load(fresh, target)) {
        assertArrayEquals(expected, TinyModels.logits(loaded));
        assertSameTokens(generated, loaded.generateTokens(PROMPTS, FIVE_TOKENS));
        assertEquals(config.peftType(), loaded.adapters().get("default").peftType());
      }
    }
  }

  private static void assertSameTokens(List<int[]> expected, List<int[]> actual) {
    assertEquals(
        expected.stream().map(Arrays::toString).toList(),
        actual.stream().map(Arrays::toString).toList());
  }

  @ParameterizedTest
  @MethodSource("io.github.lora4j.djl.model.TinyModels#otherKinds")
  void itIsSwitchedWithALowRankOne(AdapterConfig config) {
    try (CheckpointModel base = TinyModels.load(TinyModels.LLAMA)) {
      float[] plain = TinyModels.logits(base);
      try (LoraModel model = LoraModel.wrap(base, TinyModels.random().allLinear().build())) {
        float[] lowRank = TinyModels.logits(model);
        model.addAdapter("other", config);
        assertArrayEquals(lowRank, TinyModels.logits(model));
        model.setActiveAdapter("other");
        float[] other = TinyModels.logits(model);
        assertTrue(TinyModels.maxDifference(plain, other) > 1e-3);
        assertTrue(TinyModels.maxDifference(lowRank, other) > 1e-3);
        model.setActiveAdapter("default");
        assertArrayEquals(lowRank, TinyModels.logits(model));
        model.setActiveAdapter("other");
        assertArrayEquals(other, TinyModels.logits(model));
        model.disableAdapters();
        assertArrayEquals(plain, TinyModels.logits(model));
        model.enableAdapters();
        model.deleteAdapter("other");
        assertArrayEquals(plain, TinyModels.logits(model));
        assertEquals(Set.of("default"), model.adapters().keySet());
      }
      assertArrayEquals(plain, TinyModels.logits(base));
    }
  }

  @ParameterizedTest
  @MethodSource("io.github.lora4j.djl.model.TinyModels#otherKinds")
  void itIsInUseAlone(AdapterConfig config) {
    try (CheckpointModel base = TinyModels.load(TinyModels.LLAMA);
        LoraModel model = LoraModel.wrap(base, TinyModels.random().allLinear().build())) {
      float[] lowRank = TinyModels.logits(model);
      model.addAdapter("other", config);
      ConfigurationException e =
          assertThrows(
              ConfigurationException.class, () -> model.setActiveAdapters("default", "other"));
      assertTrue(e.getMessage().contains("adapter \"other\""), e.getMessage());
      assertArrayEquals(lowRank, TinyModels.logits(model));
    }
  }

  @ParameterizedTest
  @MethodSource("io.github.lora4j.djl.model.TinyModels#otherKinds")
  void itKeepsItsValuesUnderAnotherName(AdapterConfig config) {
    try (CheckpointModel base = TinyModels.load(TinyModels.LLAMA);
        LoraModel model = LoraModel.wrap(base, config)) {
      float[] before = TinyModels.logits(model);
      model.renameAdapter("default", "renamed");
      assertArrayEquals(before, TinyModels.logits(model));
      assertTrue(
          ((DecoderModel) model)
              .decoder().trainableParameters().keySet().stream()
                  .allMatch(name -> name.contains("renamed")));
    }
  }

  @ParameterizedTest
  @MethodSource("io.github.lora4j.djl.model.TinyModels#otherKinds")
  void nothingIsLeftBehind(AdapterConfig config) {
    try (CheckpointModel base = TinyModels.load(TinyModels.LLAMA)) {
      int before = TinyModels.arrays(base.getNDManager());
      try (LiveArrays live = new LiveArrays()) {
        LoraModel model = LoraModel.wrap(base, config);
        long held = live.count();
        TinyModels.logits(model);
        model.generateTokens(PROMPTS, FIVE_TOKENS);
        model.saveAdapter(directory);
        assertEquals(held, live.count());
        model.loadAdapter("again", directory);
        model.setActiveAdapter("again");
        model.close();
        assertEquals(0, live.count());
      }
      assertEquals(before, TinyModels.arrays(base.getNDManager()));
    }
  }

  @ParameterizedTest
  @MethodSource("io.github.lora4j.djl.model.TinyModels#otherKinds")
  void onlyItsOwnParametersTrain(AdapterConfig config) {
    try (CheckpointModel base = TinyModels.load(TinyModels.LLAMA);
        LoraModel model = LoraModel.wrap(base, config)) {
      var trained = ((DecoderModel) model).decoder().trainableParameters();
      long size = trained.values().stream().mapToLong(p -> p.getShape().size()).sum();

      assertFalse(trained.isEmpty());
      assertEquals(size, model.trainableParameters().trainable());
      assertEquals(base.trainableParameters().total() + size, model.trainableParameters().total());
    }
  }

  @Test
  void scalesAreMergedAndUnmergedExactly() {
    for (Path checkpoint : List.of(TinyModels.LLAMA, TinyModels.BLOOM)) {
      try (CheckpointModel base = TinyModels.load(checkpoint);
          LoraModel model =
              LoraModel.wrap(base, Ia3Config.builder().initIa3Weights(false).build())) {
        float[] scaled = TinyModels.logits(model);
        assertEquals(model.merge().weights().size(), checkpoint.equals(TinyModels.LLAMA) ? 6 : 4);
        assertTrue(TinyModels.maxDifference(scaled, TinyModels.logits(model)) < 1e-4);
        model.unmerge();
        assertArrayEquals(scaled, TinyModels.logits(model));
        CheckpointModel unloaded = (CheckpointModel) model.mergeAndUnload();
        assertTrue(TinyModels.maxDifference(scaled, TinyModels.logits(unloaded)) < 1e-4);
      }
    }
  }

  @Test
  void mergingScalesLeavesNothing() {
    try (CheckpointModel base = TinyModels.load(TinyModels.BLOOM);
        LoraModel model = LoraModel.wrap(base, Ia3Config.builder().initIa3Weights(false).build());
        LiveArrays live = new LiveArrays()) {
      model.merge();
      assertEquals(6, live.count(), "four weights, and the two biases of outputs");
      model.unmerge();
      assertEquals(0, live.count());
    }
  }

  @Test
  void virtualTokensCannotBeMerged() {
    try (CheckpointModel base = TinyModels.load(TinyModels.LLAMA);
        LoraModel model =
            LoraModel.wrap(base, PromptTuningConfig.builder().numVirtualTokens(2).build())) {
      float[] before = TinyModels.logits(model);
      for (Runnable merging : List.<Runnable>of(model::merge, model::mergeAndUnload)) {
        ConfigurationException e = assertThrows(ConfigurationException.class, merging::run);
        assertTrue(e.getMessage().contains("\"default\""), e.getMessage());
      }
      assertThrows(ConfigurationException.class, () -> model.saveMerged(directory.resolve("m")));
      assertFalse(model.isMerged());
      assertArrayEquals(before, TinyModels.logits(model));
    }
  }

  @ParameterizedTest
  @CsvSource({"48, 3", "32, 2"})
  void thePromptOfAnotherModelIsRefused(int width, int layers) {
    PromptTuningConfig config =
        PromptTuningConfig.builder()
            .numVirtualTokens(2)
            .dimensions(new PromptDimensions(width, layers, 4))
            .build();
    try (CheckpointModel base = TinyModels.load(TinyModels.LLAMA)) {
      ConfigurationException e =
          assertThrows(ConfigurationException.class, () -> LoraModel.wrap(base, config));
      assertTrue(e.getMessage().contains("the model has 48 and 2"), e.getMessage());
    }
  }

  @Test
  void aPromptThatFillsTheModelIsRefused() {
    try (CheckpointModel base = TinyModels.load(TinyModels.LLAMA)) {
      for (AdapterConfig config :
          List.of(
              PromptTuningConfig.builder().numVirtualTokens(64).build(),
              PrefixTuningConfig.builder().numVirtualTokens(64).build())) {
        assertThrows(ConfigurationException.class, () -> LoraModel.wrap(base, config));
      }
    }
  }

  @Test
  void aSequenceMustFitBehindThePrompt() {
    try (CheckpointModel base = TinyModels.load(TinyModels.LLAMA);
        LoraModel model =
            LoraModel.wrap(base, PromptTuningConfig.builder().numVirtualTokens(60).build());
        NDManager scope = base.getNDManager().newSubManager()) {
      Exception e = assertThrows(RuntimeException.class, () -> TinyModels.logits(model));
      assertTrue(
          e.getMessage().contains("5 tokens are more than the model's 4 positions"),
          e.getMessage());
    }
  }

  @Test
  void aFileOfAnotherKindOfTensorsIsRefused() throws IOException {
    try (CheckpointModel base = TinyModels.load(TinyModels.LLAMA);
        LoraModel model = LoraModel.wrap(base, Ia3Config.builder().build())) {
      model.saveAdapter(directory);
      model.addAdapter("prompt", PromptTuningConfig.builder().numVirtualTokens(2).build());
      model.saveAdapter("prompt", directory.resolve("prompt"));
      Files.copy(
          directory.resolve("prompt/adapter_model.safetensors"),
          directory.resolve("adapter_model.safetensors"),
          StandardCopyOption.REPLACE_EXISTING);
      AdapterException e =
          assertThrows(AdapterException.class, () -> model.loadAdapter("bad", directory));
      assertTrue(e.getMessage().contains("unexpected (1): prompt_embeddings"), e.getMessage());
      assertEquals(Set.of("default", "prompt"), model.adapters().keySet());
    }
  }
}
