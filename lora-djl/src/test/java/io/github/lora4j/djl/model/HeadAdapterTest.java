package io.github.lora4j.djl.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.CausalLm;
import io.github.lora4j.LoraModel;
import io.github.lora4j.TrainableParameters;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A head that shares the embedding's table is changed alone, never the table. */
class HeadAdapterTest {
  private static final double TOLERANCE = 1e-5;

  @ParameterizedTest
  @MethodSource("io.github.lora4j.djl.model.TinyModels#checkpoints")
  void mergingTheHeadLeavesTheEmbedding(Path checkpoint) {
    try (CheckpointModel base = TinyModels.load(checkpoint);
        LoraModel model = LoraModel.wrap(base, TinyModels.random("lm_head").build())) {
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
      CausalLm unloaded = model.mergeAndUnload();
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
      CausalLm unloaded = model.mergeAndUnload();
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
}
