// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.training.ParameterStore;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.LoraModel;
import org.junit.jupiter.api.Test;

/** What of foreign models cannot be adapted, and what a forward pass must not write. */
class ForeignRefusalTest {
  private static final LoraConfig CONFIG = LoraConfig.builder().targetModules("Linear").build();

  private static void assertRefused(String word, Model base, LoraConfig config) {
    ConfigurationException refusal =
        assertThrows(ConfigurationException.class, () -> LoraModel.wrap(base, config));
    assertTrue(String.valueOf(refusal.getMessage()).contains(word), refusal.getMessage());
  }

  @Test
  void aScriptLoadedForInferenceOnlyIsRefused() {
    try (Model base = GoldenNet.script(false)) {
      LoraConfig config = LoraConfig.builder().targetModules("fc1").build();
      assertRefused("optOption(\"trainParam\", \"true\")", base, config);
    }
  }

  @Test
  void aModelWithoutABlockIsRefused() {
    try (Model base = Model.newInstance("empty", "PyTorch")) {
      assertRefused("setBlock", base, CONFIG);
    }
  }

  @Test
  void aBlockWithoutValuesIsRefused() {
    try (Model base = Model.newInstance("net", "PyTorch")) {
      base.setBlock(Linear.builder().setUnits(3).build());
      assertRefused("initialize", base, CONFIG);
    }
  }

  @Test
  void anotherTypeThanFloat32IsRefused() {
    try (Model base = Model.newInstance("net", "PyTorch")) {
      Block block = Linear.builder().setUnits(3).build();
      block.initialize(base.getNDManager(), DataType.FLOAT64, new Shape(1, 2));
      base.setBlock(block);
      assertRefused("float64; only float32", base, CONFIG);
    }
  }

  @Test
  void aNormTakesNoAdapter() {
    try (Model base = normalized()) {
      assertRefused("normalisation", base, LoraConfig.builder().targetModules("BatchNorm").build());
    }
  }

  @Test
  void trainingLeavesRunningStatisticsAsTheyAre() {
    try (Model base = normalized();
        LoraModel model = LoraModel.wrap(base, CONFIG);
        NDManager manager = model.getNDManager().newSubManager()) {
      NDArray mean = base.getBlock().getParameters().get("02BatchNorm_runningMean").getArray();
      float[] before = mean.toFloatArray();
      NDArray rows = manager.randomNormal(new Shape(8, 2)).add(5f);
      ParameterStore store = new ParameterStore(manager, false);
      model.getBlock().forward(store, new NDList(rows), true);
      assertArrayEquals(before, mean.toFloatArray());
    }
  }

  private static Model normalized() {
    Model base = Model.newInstance("net", "PyTorch");
    Block block =
        new SequentialBlock()
            .add(Linear.builder().setUnits(3).build())
            .add(BatchNorm.builder().build());
    block.initialize(base.getNDManager(), DataType.FLOAT32, new Shape(1, 2));
    base.setBlock(block);
    return base;
  }
}
