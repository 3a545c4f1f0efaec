// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Model;
import ai.djl.nn.Parameter;
import ai.djl.util.Pair;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.LoraModel;
import io.github.lora4j.TrainableParameters;
import io.github.lora4j.train.TrainableModules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class WrappedModelTest {
  @ParameterizedTest
  @MethodSource("io.github.lora4j.djl.model.TinyModels#checkpoints")
  void wrappingLeavesEveryLogitAsItWas(Path checkpoint) {
    try (CheckpointModel base = TinyModels.load(checkpoint)) {
      float[] before = TinyModels.logits(base);
      LoraConfig config = LoraConfig.builder().rank(4).alpha(8).allLinear().build();
      try (LoraModel model = LoraModel.wrap(base, config)) {
        assertArrayEquals(before, TinyModels.logits(model));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("io.github.lora4j.djl.model.TinyModels#checkpoints")
  void nothingButTheAdapterTrains(Path checkpoint) {
    try (CheckpointModel base = TinyModels.load(checkpoint)) {
      base.train(TrainableModules.all());
      try (LoraModel model = LoraModel.wrap(base, LoraConfig.builder().allLinear().build())) {
        int trained = 0;
        for (Pair<String, Parameter> pair : model.getBlock().getParameters()) {
          boolean trains = pair.getValue().requiresGradient();
          assertEquals(pair.getKey().contains(".lora_"), trains, pair.getKey());
          assertEquals(trains, pair.getValue().getArray().hasGradient(), pair.getKey());
          trained += trains ? 1 : 0;
        }
        assertTrue(trained > 0);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("io.github.lora4j.djl.model.TinyModels#goldenAdapters")
  void parametersAreCountedAsPeftCountsThem(Path adapter) throws IOException {
    JsonObject counts =
        JsonParser.parseString(Files.readString(adapter.resolve("counts.json"))).getAsJsonObject();
    try (CheckpointModel base = TinyModels.baseOf(adapter);
        LoraModel model = LoraModel.load(base, adapter)) {
      assertEquals(
          new TrainableParameters(
              counts.get("trainable").getAsLong(), counts.get("all").getAsLong()),
          model.trainableParameters());
    }
  }

  @Test
  void aModelIsWrappedOnlyOnce() {
    try (CheckpointModel base = TinyModels.load(TinyModels.LLAMA);
        LoraModel model = LoraModel.wrap(base, LoraConfig.builder().build())) {
      String message =
          assertThrows(
                  ConfigurationException.class,
                  () -> LoraModel.wrap(base, LoraConfig.builder().build()))
              .getMessage();
      assertTrue(message.contains("\"llama\" has adapters already"), message);
      assertEquals(1, model.adapters().size());
    }
  }

  @Test
  void aModelThatThisLibraryDidNotLoadIsRefused() {
    try (Model foreign = Model.newInstance("foreign", "PyTorch")) {
      String message =
          assertThrows(
                  ConfigurationException.class,
                  () -> LoraModel.wrap(foreign, LoraConfig.builder().build()))
              .getMessage();
      assertTrue(message.contains("PtModel"), message);
      assertTrue(message.contains("HuggingFaceModel.load"), message);
    }
  }

  @Test
  void anAdaptedModelIsNotABase() {
    try (CheckpointModel base = TinyModels.load(TinyModels.LLAMA);
        LoraModel model = LoraModel.wrap(base, LoraConfig.builder().build())) {
      assertThrows(
          ConfigurationException.class, () -> LoraModel.wrap(model, LoraConfig.builder().build()));
    }
  }

  @Test
  void whatWorksOnLinearModulesIsRefusedOnAnEmbedding() {
    try (CheckpointModel base = TinyModels.load(TinyModels.LLAMA)) {
      LoraConfig config =
          LoraConfig.builder().targetModules("q_proj", "embed_tokens").useDora(true).build();
      String message =
          assertThrows(ConfigurationException.class, () -> LoraModel.wrap(base, config))
              .getMessage();
      assertTrue(message.contains("\"model.embed_tokens\", an embedding"), message);
      assertTrue(message.contains("use_dora"), message);
      assertFalse(base.isAdapted());
    }
  }

  @Test
  void targetsThatMatchNothingNameTheClosest() {
    try (CheckpointModel base = TinyModels.load(TinyModels.LLAMA)) {
      LoraConfig config = LoraConfig.builder().targetModules("q_prj", "up_projection").build();
      String message =
          assertThrows(ConfigurationException.class, () -> LoraModel.wrap(base, config))
              .getMessage();
      assertTrue(message.contains("q_prj"), message);
      assertTrue(message.contains("closest: "), message);
      assertTrue(message.contains("q_proj"), message);
      assertTrue(message.contains("up_proj"), message);
    }
  }

  @Test
  void aFailedWrapLeavesTheBaseFree() {
    try (CheckpointModel base = TinyModels.load(TinyModels.LLAMA)) {
      base.train(TrainableModules.all());
      TrainableParameters before = base.trainableParameters();
      LoraConfig nothing = LoraConfig.builder().targetModules("nothing").build();
      assertThrows(ConfigurationException.class, () -> LoraModel.wrap(base, nothing));
      assertEquals(before, base.trainableParameters());
      try (LoraModel model = LoraModel.wrap(base, LoraConfig.builder().build())) {
        assertEquals(LoraModel.DEFAULT_ADAPTER, model.activeAdapter().orElseThrow());
      }
    }
  }

  @Test
  void theBaseChoosesWhatTrainsOnlyWithoutAdapters() {
    try (CheckpointModel base = TinyModels.load(TinyModels.LLAMA);
        LoraModel model = LoraModel.wrap(base, LoraConfig.builder().build())) {
      assertThrows(IllegalStateException.class, () -> base.train(TrainableModules.all()));
      String message =
          assertThrows(ConfigurationException.class, () -> model.train(TrainableModules.all()))
              .getMessage();
      assertTrue(message.contains("modulesToSave"), message);
    }
  }
}
