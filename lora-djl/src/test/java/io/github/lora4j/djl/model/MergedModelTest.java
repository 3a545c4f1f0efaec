// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import io.github.lora4j.CausalLm;
import io.github.lora4j.LoraModel;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class MergedModelTest {
  private static final double TOLERANCE = 1e-5;

  @ParameterizedTest
  @MethodSource("io.github.lora4j.djl.model.TinyModels#mergeableAdapters")
  void mergedLogitsEqualAdapterLogits(Path adapter) {
    try (CheckpointModel base = TinyModels.baseOf(adapter);
        LoraModel model = LoraModel.load(base, adapter)) {
      float[] unmerged = TinyModels.logits(model);
      model.merge();
      assertTrue(model.isMerged());
      assertEquals(0, TinyModels.maxDifference(unmerged, TinyModels.logits(model)), TOLERANCE);
    }
  }

  @ParameterizedTest
  @MethodSource("io.github.lora4j.djl.model.TinyModels#adapters")
  void unmergingLeavesEveryWeightAsItWas(Path adapter) {
    try (CheckpointModel base = TinyModels.baseOf(adapter)) {
      Map<String, float[]> weights = TinyModels.weights(base);
      float[] baseLogits = TinyModels.logits(base);
      try (LoraModel model = LoraModel.load(base, adapter)) {
        float[] before = TinyModels.logits(model);
        model.merge();
        model.merge();
        model.unmerge();
        assertFalse(model.isMerged());
        assertArrayEquals(before, TinyModels.logits(model));
        TinyModels.assertSameWeights(weights, TinyModels.weights(base));
        model.merge();
      }
      assertArrayEquals(baseLogits, TinyModels.logits(base));
      TinyModels.assertSameWeights(weights, TinyModels.weights(base));
    }
  }

  @ParameterizedTest
  @MethodSource("io.github.lora4j.djl.model.TinyModels#mergeableAdapters")
  void unloadingGivesTheBaseWithTheAdapterInIt(Path adapter) {
    try (CheckpointModel base = TinyModels.baseOf(adapter)) {
      int arrays = TinyModels.arrays(base.getNDManager());
      boolean tied = base.decoder().isHeadTied();
      LoraModel model = LoraModel.load(base, adapter);
      float[] expected = TinyModels.logits(model);
      CausalLm unloaded = (CausalLm) model.mergeAndUnload();
      assertSame(base, unloaded);
      assertFalse(base.isAdapted());
      assertEquals(0, TinyModels.maxDifference(expected, TinyModels.logits(base)), TOLERANCE);
      // A head that shared the embedding's table and was changed has a table of its own now.
      int untied = tied && !base.decoder().isHeadTied() ? 1 : 0;
      assertEquals(arrays + untied, TinyModels.arrays(base.getNDManager()));
      assertThrows(IllegalStateException.class, model::merge);
      model.close();
      assertEquals(0, TinyModels.maxDifference(expected, TinyModels.logits(base)), TOLERANCE);
    }
  }

  /** Weights that lie together go on doing so, and the memory is that of the base. */
  @Test
  void anUnloadedBaseIsWrittenWhereItLies() {
    try (CheckpointModel base = TinyModels.load(TinyModels.LLAMA)) {
      Set<String> before = arrays(base);
      LoraModel.wrap(base, TinyModels.random().allLinear().build()).mergeAndUnload();
      assertEquals(before, arrays(base));
    }
  }

  private static Set<String> arrays(CheckpointModel model) {
    return model.getNDManager().getManagedArrays().stream()
        .map(NDArray::getUid)
        .collect(Collectors.toSet());
  }

  @Test
  void anUnloadedBaseTakesAdaptersAgain() {
    try (CheckpointModel base = TinyModels.load(TinyModels.LLAMA)) {
      LoraModel.wrap(base, TinyModels.random("q_proj").build()).mergeAndUnload();
      float[] merged = TinyModels.logits(base);
      try (LoraModel again = LoraModel.wrap(base, TinyModels.random("q_proj").build())) {
        assertNotEquals(0, TinyModels.maxDifference(merged, TinyModels.logits(again)));
      }
      assertArrayEquals(merged, TinyModels.logits(base));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "golden/models/bloom/adapters/all-linear",
        "golden/models/llama/adapters/patterns",
        "golden/models/llama/adapters/modules_to_save",
        "golden/models/llama3-tied-scaled/adapters/default",
        "samples/llama-biases/adapters/bias-all",
        "samples/llama-tied/adapters/lm_head"
      })
  void aMergedCheckpointLoadsToTheSameLogits(String name, @TempDir Path directory) {
    Path adapter = TinyModels.RESOURCES.resolve(name);
    try (CheckpointModel base = TinyModels.baseOf(adapter);
        LoraModel model = LoraModel.load(base, adapter)) {
      float[] expected = TinyModels.logits(model);
      Map<String, float[]> weights = TinyModels.weights(base);
      model.saveMerged(directory);
      TinyModels.assertSameWeights(weights, TinyModels.weights(base));
      assertArrayEquals(expected, TinyModels.logits(model));
      try (CheckpointModel loaded = TinyModels.load(directory)) {
        assertEquals(0, TinyModels.maxDifference(expected, TinyModels.logits(loaded)), TOLERANCE);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theWaysToAMergedCheckpointAgree(boolean mergedFirst, @TempDir Path directory) {
    Path adapter = TinyModels.SAMPLES.resolve("llama-tied/adapters/lm_head");
    Path saved = directory.resolve("saved");
    Path unloaded = directory.resolve("unloaded");
    try (CheckpointModel base = TinyModels.baseOf(adapter)) {
      LoraModel model = LoraModel.load(base, adapter);
      if (mergedFirst) {
        model.merge();
      }
      model.saveMerged(saved);
      model.mergeAndUnload();
      base.saveCheckpoint(unloaded);
    }
    try (CheckpointModel a = TinyModels.load(saved);
        CheckpointModel b = TinyModels.load(unloaded)) {
      assertFalse(a.decoder().spec().tiedHead());
      assertFalse(b.decoder().spec().tiedHead());
      TinyModels.assertSameWeights(TinyModels.weights(a), TinyModels.weights(b));
    }
  }

  @Test
  void theBaseSavesItsOwnWeightsWhileAdaptersStandOnIt(@TempDir Path directory) {
    try (CheckpointModel base = TinyModels.load(TinyModels.BLOOM);
        LoraModel model = LoraModel.wrap(base, TinyModels.random().allLinear().build())) {
      model.merge();
      base.saveCheckpoint(directory);
      try (CheckpointModel loaded = TinyModels.load(directory)) {
        TinyModels.assertSameWeights(TinyModels.weights(base), TinyModels.weights(loaded));
      }
    }
  }

  @Test
  void aCheckpointIsWhatTheModelComputesNow(@TempDir Path directory) {
    try (CheckpointModel base = TinyModels.load(TinyModels.LLAMA);
        LoraModel model = LoraModel.wrap(base, TinyModels.random("q_proj").build())) {
      float[] adapted = TinyModels.logits(model);
      model.saveCheckpoint(directory.resolve("adapted"));
      model.disableAdapters();
      float[] bare = TinyModels.logits(model);
      model.saveCheckpoint(directory.resolve("bare"));
      try (CheckpointModel a = TinyModels.load(directory.resolve("adapted"));
          CheckpointModel b = TinyModels.load(directory.resolve("bare"))) {
        assertEquals(0, TinyModels.maxDifference(adapted, TinyModels.logits(a)), TOLERANCE);
        assertArrayEquals(bare, TinyModels.logits(b));
      }
    }
  }

  @Test
  void anAdapterIsSavedTheSameMergedOrNot(@TempDir Path directory) {
    Path adapter = TinyModels.SAMPLES.resolve("llama-untied/adapters/lm_head");
    try (CheckpointModel base = TinyModels.baseOf(adapter);
        LoraModel model = LoraModel.load(base, adapter)) {
      float[] expected = TinyModels.logits(model);
      model.merge();
      model.saveAdapter(directory);
      model.close();
      try (LoraModel loaded = LoraModel.load(base, directory)) {
        assertArrayEquals(expected, TinyModels.logits(loaded));
      }
    }
  }

  @Test
  void aMergedAdapterStaysTheActiveOne() {
    try (CheckpointModel base = TinyModels.load(TinyModels.LLAMA);
        LoraModel model = LoraModel.wrap(base, TinyModels.random("q_proj").build())) {
      model.addAdapter("other", TinyModels.random("q_proj").build());
      model.merge();
      assertEquals(0, model.trainableParameters().trainable());
      for (Runnable call :
          new Runnable[] {
            () -> model.setActiveAdapter("other"),
            () -> model.deleteAdapter("default"),
            () -> model.addAdapter("third", TinyModels.random("q_proj").build()),
            model::disableAdapters
          }) {
        String message = assertThrows(IllegalStateException.class, call::run).getMessage();
        assertTrue(message.contains("unmerge()"), message);
      }
      model.deleteAdapter("other");
      model.unmerge();
      assertTrue(model.trainableParameters().trainable() > 0);
    }
  }
}
