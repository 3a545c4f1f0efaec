// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.LoraModel;
import io.github.lora4j.target.AdaptableModule;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A TorchScript module in which one tensor is the weight of two modules. */
class TiedScriptTest {
  private static final LoraConfig CONFIG =
      LoraConfig.builder().rank(2).targetModules("first").build();

  @Test
  void aTensorOfTwoNamesIsOneModule() {
    try (Model base = GoldenNet.tied()) {
      List<AdaptableModule> modules = LoraModel.adaptableModules(base);
      assertEquals(List.of("first"), modules.stream().map(AdaptableModule::name).toList());
      assertEquals(4 * 4 + 4, modules.get(0).parameterCount());
    }
  }

  @Test
  void itTrainsAndIsTakenOffExactly() {
    try (Model base = GoldenNet.tied()) {
      float[] before = outputs(base);
      try (LoraModel model = LoraModel.wrap(base, CONFIG);
          Trainer trainer = model.newTrainer(ForeignTask.config());
          NDManager manager = trainer.getManager().newSubManager()) {
        try (GradientCollector collector = trainer.newGradientCollector()) {
          collector.backward(trainer.forward(rows(manager)).head().sum());
        }
        trainer.step();
        assertFalse(Arrays.equals(before, outputs(model)));
      }
      assertArrayEquals(before, outputs(base));
    }
  }

  private static NDList rows(NDManager manager) {
    NDArray rows = manager.arange(8f).reshape(new Shape(2, 4)).sin();
    return new NDList(rows);
  }

  private static float[] outputs(Model model) {
    try (NDManager manager = model.getNDManager().newSubManager()) {
      ParameterStore store = new ParameterStore(manager, false);
      return model.getBlock().forward(store, rows(manager), false).head().toFloatArray();
    }
  }
}
