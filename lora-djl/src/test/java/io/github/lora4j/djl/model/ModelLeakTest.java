// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.github.lora4j.LoraModel;
import io.github.lora4j.generate.GenerationConfig;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every array has an owner that closes it. */
class ModelLeakTest {
  /** Held are the weights, and what those of one input lie in together: two arrays a layer. */
  @ParameterizedTest
  @CsvSource({"bloom, 0", "llama, 4", "llama3-tied-scaled, 4"})
  void aClosedModelLeavesNothing(String name, int joint) {
    try (LiveArrays live = new LiveArrays()) {
      CheckpointModel model = TinyModels.load(TinyModels.GOLDEN.resolve(name));
      long held = live.count();
      assertEquals(TinyModels.arrays(model.getNDManager()), held);
      assertEquals(model.decoder().baseParameters().size() + joint, held);
      model.close();
      assertEquals(0, live.count());
    }
  }

  @ParameterizedTest
  @MethodSource("io.github.lora4j.djl.model.TinyModels#adapters")
  void aClosedAdapterLeavesNothing(Path adapter) {
    try (CheckpointModel base = TinyModels.baseOf(adapter);
        LiveArrays live = new LiveArrays()) {
      int before = TinyModels.arrays(base.getNDManager());
      LoraModel model = LoraModel.load(base, adapter);
      assertTrue(live.count() > 0);
      model.addAdapter("second", TinyModels.random().allLinear().build());
      model.setActiveAdapter("second");
      model.deleteAdapter("default");
      model.close();
      assertEquals(0, live.count());
      assertEquals(before, TinyModels.arrays(base.getNDManager()));
    }
  }

  @Test
  void mergingAndUnmergingLeavesNothing() {
    try (CheckpointModel base = TinyModels.load(TinyModels.LLAMA);
        LoraModel model = LoraModel.wrap(base, TinyModels.random().allLinear().build())) {
      int before = TinyModels.arrays(base.getNDManager());
      try (LiveArrays live = new LiveArrays()) {
        model.merge();
        assertEquals(14, live.count(), "one merged weight for each adapted module");
        model.unmerge();
        assertEquals(0, live.count());
      }
      assertEquals(before, TinyModels.arrays(base.getNDManager()));
    }
  }

  @ParameterizedTest
  @MethodSource("io.github.lora4j.djl.model.TinyModels#checkpoints")
  void aForwardPassLeavesItsResultAlone(Path checkpoint) {
    try (CheckpointModel base = TinyModels.load(checkpoint);
        LoraModel model = LoraModel.wrap(base, TinyModels.random().allLinear().build());
        NDManager scope = base.getNDManager().newSubManager()) {
      NDList batch = TinyModels.batch(scope);
      int before = TinyModels.arrays(base.getNDManager());
      for (int i = 0; i < 50; i++) {
        try (NDArray logits = TinyModels.forward(model, scope, batch)) {
          assertEquals(scope, logits.getManager());
          assertEquals(before + 1, TinyModels.arrays(base.getNDManager()));
        }
      }
      assertEquals(before, TinyModels.arrays(base.getNDManager()));
    }
  }

  @Test
  void generatingLeavesNothing() {
    try (CheckpointModel model = TinyModels.load(TinyModels.LLAMA)) {
      GenerationConfig config =
          GenerationConfig.builder().maxNewTokens(5).ignoreEndOfSequence(true).build();
      int before = TinyModels.arrays(model.getNDManager());
      for (int i = 0; i < 3; i++) {
        model.generateTokens(List.of(new int[] {5, 6, 7}, new int[] {8}), config);
        assertEquals(before, TinyModels.arrays(model.getNDManager()));
      }
    }
  }

  @Test
  void savingLeavesNothing(@TempDir Path directory) {
    try (CheckpointModel base = TinyModels.load(TinyModels.LLAMA);
        LoraModel model = LoraModel.wrap(base, TinyModels.random().allLinear().build());
        LiveArrays live = new LiveArrays()) {
      int before = TinyModels.arrays(base.getNDManager());
      model.saveAdapter(directory.resolve("adapter"));
      model.saveMerged(directory.resolve("merged"));
      base.saveCheckpoint(directory.resolve("base"));
      assertEquals(0, live.count());
      assertEquals(before, TinyModels.arrays(base.getNDManager()));
    }
  }
}
