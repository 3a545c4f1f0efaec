// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.LoraConfig;
import io.github.lora4j.LoraModel;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An adapter on an embedding whose table the head shares. */
class TiedEmbeddingTest {
  private static final LoraConfig CONFIG = TinyModels.random("word_embeddings").build();

  @TempDir private Path directory;

  @Test
  void apartItChangesTheInputAloneAndMergedTheHeadToo() {
    try (CheckpointModel base = TinyModels.load(TinyModels.BLOOM);
        LoraModel model = LoraModel.wrap(base, CONFIG)) {
      float[] apart = TinyModels.logits(model);
      model.merge();
      float[] merged = TinyModels.logits(model);
      assertTrue(TinyModels.maxDifference(apart, merged) > 1e-2);
      model.unmerge();
      assertArrayEquals(apart, TinyModels.logits(model));
    }
  }

  @Test
  void mergedForGoodTheHeadStaysTied() {
    try (CheckpointModel base = TinyModels.load(TinyModels.BLOOM)) {
      LoraModel model = LoraModel.wrap(base, CONFIG);
      model.merge();
      float[] merged = TinyModels.logits(model);
      model.mergeAndUnload();
      assertTrue(base.decoder().isHeadTied());
      assertArrayEquals(merged, TinyModels.logits(base), 1e-4f);
    }
  }

  @Test
  void aSavedMergeComputesWhatTheMergedModelDoes() {
    float[] merged;
    try (CheckpointModel base = TinyModels.load(TinyModels.BLOOM);
        LoraModel model = LoraModel.wrap(base, CONFIG)) {
      model.saveMerged(directory.resolve("float32"));
      model.saveMerged(TinyModels.BLOOM, directory.resolve("as it was"));
      model.merge();
      merged = TinyModels.logits(model);
    }
    for (String saved : new String[] {"float32", "as it was"}) {
      try (CheckpointModel base = TinyModels.load(directory.resolve(saved))) {
        assertArrayEquals(merged, TinyModels.logits(base), 1e-4f, saved);
      }
    }
  }
}
