// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import io.github.lora4j.AdapterException;
import io.github.lora4j.CausalLm;
import io.github.lora4j.LoraModel;
import io.github.lora4j.TrainableParameters;
import io.github.lora4j.djl.format.StoredType;
import io.github.lora4j.djl.format.TensorEntry;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A head that shares the embedding's table is changed alone, never the table. */
class HeadAdapterTest {
  private static final double TOLERANCE = 1e-5;

  @ParameterizedTest
  @MethodSource("io.github.lora4j.djl.model.TinyModels#checkpoints")
  void mergingTheHeadLeavesTheEmbedding(Path checkpoint) {
    try (CheckpointModel base = TinyModels.load(checkpoint);
        LoraModel model =
            LoraModel.wrap(base, TinyModels.random(base.decoder().head().name()).build())) {
      float[] table = embedding(base);
      float[] unmerged = TinyModels.logits(model);
      model.merge();
      assertArrayEquals(table, embedding(base));
      assertEquals(0, TinyModels.maxDifference(unmerged, TinyModels.logits(model)), TOLERANCE);
      model.unmerge();
      assertArrayEquals(unmerged, TinyModels.logits(model));
    }
  }

  private static float[] embedding(CheckpointModel base) {
    return TinyModels.weights(base).get(base.decoder().embedding().name() + ".weight");
  }

  @Test
  void anUnloadedHeadHasATableOfItsOwn(@TempDir Path directory) {
    try (CheckpointModel base = TinyModels.load(TinyModels.TIED_LLAMA)) {
      TrainableParameters tied = base.trainableParameters();
      float[] table = embedding(base);
      LoraModel model = LoraModel.wrap(base, TinyModels.random("lm_head").build());
      float[] expected = TinyModels.logits(model);
      CausalLm unloaded = (CausalLm) model.mergeAndUnload();
      assertFalse(base.decoder().isHeadTied());
      assertArrayEquals(table, embedding(base));
      assertEquals(tied.total() + table.length, base.trainableParameters().total());
      unloaded.saveCheckpoint(directory);
      try (CheckpointModel loaded = TinyModels.load(directory)) {
        assertEquals(0, TinyModels.maxDifference(expected, TinyModels.logits(loaded)), TOLERANCE);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("io.github.lora4j.djl.model.TinyModels#checkpoints")
  void anEmbeddingThatTrainsInFullLeavesTheHead(Path checkpoint, @TempDir Path directory) {
    try (CheckpointModel base = TinyModels.load(checkpoint)) {
      String name = base.decoder().embedding().name();
      LoraModel model =
          LoraModel.wrap(base, TinyModels.random().allLinear().modulesToSave(name).build());
      base.decoder()
          .embedding()
          .block()
          .getDirectParameters()
          .get("weight")
          .getArray()
          .stopGradient()
          .muli(1.5f);
      float[] expected = TinyModels.logits(model);
      model.saveMerged(directory);
      assertArrayEquals(expected, TinyModels.logits(model));
      try (CheckpointModel loaded = TinyModels.load(directory)) {
        assertEquals(0, TinyModels.maxDifference(expected, TinyModels.logits(loaded)), TOLERANCE);
      }
      CausalLm unloaded = (CausalLm) model.mergeAndUnload();
      assertFalse(base.decoder().isHeadTied());
      assertEquals(0, TinyModels.maxDifference(expected, TinyModels.logits(unloaded)), TOLERANCE);
    }
  }

  @Test
  void aTiedTableIsCountedOnce() {
    try (CheckpointModel base = TinyModels.load(TinyModels.TIED_LLAMA);
        LoraModel model = LoraModel.wrap(base, TinyModels.random("lm_head").build())) {
      assertTrue(base.decoder().isHeadTied());
      long factors = 3L * (48 + 131);
      assertEquals(
          new TrainableParameters(factors, base.trainableParameters().total() + factors),
          model.trainableParameters());
    }
  }

  /** PEFT would put the stored head into the model. */
  @ParameterizedTest
  @CsvSource({
    "61, 'holds 0.0 at [0, 0]'",
    "62, 'has shape (62, 48), but the model''s own has (61, 48)'"
  })
  void anAdapterThatCameWithAnotherHeadIsRefused(long rows, String part, @TempDir Path directory)
      throws IOException {
    Path adapter = TinyModels.SAMPLES.resolve("llama-untied/adapters/lm_head");
    String name = "base_model.model.lm_head.base_layer.weight";
    CheckpointCopy copy = CheckpointCopy.of(adapter, directory.resolve("adapter"));
    copy.tensors(
        "adapter_model.safetensors",
        tensors -> tensors.put(name, CheckpointCopy.zeros(name, rows, 48)));
    try (CheckpointModel base = TinyModels.baseOf(adapter)) {
      String message =
          assertThrows(AdapterException.class, () -> LoraModel.load(base, copy.directory()))
              .getMessage();
      assertTrue(message.contains(name), message);
      assertTrue(message.contains(part), message);
      try (LoraModel model = LoraModel.load(base, adapter)) {
        float[] expected = TinyModels.logits(model);
        model.loadAdapter("lenient", copy.directory(), false);
        model.setActiveAdapter("lenient");
        assertArrayEquals(expected, TinyModels.logits(model));
      }
    }
  }

  @Test
  void aHeadStoredInHalfPrecisionIsTheModelsOwn(@TempDir Path directory) throws IOException {
    Path adapter = TinyModels.SAMPLES.resolve("llama-untied/adapters/lm_head");
    String name = "base_model.model.lm_head.base_layer.weight";
    CheckpointCopy copy = CheckpointCopy.of(adapter, directory.resolve("adapter"));
    try (CheckpointModel base = TinyModels.baseOf(adapter)) {
      NDArray head = base.decoder().head().base().getDirectParameters().get("weight").getArray();
      copy.tensors(
          "adapter_model.safetensors",
          tensors -> tensors.put(name, TensorEntry.of(name, head, StoredType.BF16)));
      try (LoraModel model = LoraModel.load(base, copy.directory())) {
        assertEquals(1, model.adapters().size());
      }
    }
  }
}
