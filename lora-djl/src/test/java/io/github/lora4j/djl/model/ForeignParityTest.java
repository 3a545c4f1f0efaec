// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import io.github.lora4j.LoraModel;
import io.github.lora4j.djl.format.SafetensorsFile;
import io.github.lora4j.optim.AdamW;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Adapters on foreign models against PEFT's on the same network. */
class ForeignParityTest {
  private static final int STEPS = 10;
  private static final float TOLERANCE = 5e-6f;

  @TempDir Path directory;

  static Stream<Arguments> cases() {
    Supplier<Model> blocks = GoldenNet::blocks;
    Supplier<Model> script = GoldenNet::script;
    return Stream.of(
        Arguments.of("blocks", blocks, "layers"),
        Arguments.of("blocks", blocks, "norm"),
        Arguments.of("blocks", blocks, "embedding"),
        Arguments.of("script", script, "layers"),
        Arguments.of("script", script, "norm"));
  }

  @Test
  void theBaseIsPyTorchs() {
    for (Model base : List.of(GoldenNet.blocks(), GoldenNet.script())) {
      try (base) {
        assertArrayEquals(values("io", "base_logits"), logits(base), TOLERANCE);
      }
    }
  }

  @ParameterizedTest(name = "{0} {2}")
  @MethodSource("cases")
  void outputsAreThoseOfPeft(String door, Supplier<Model> source, String adapter) {
    try (Model base = source.get();
        LoraModel model = LoraModel.load(base, GoldenNet.DIRECTORY.resolve(adapter))) {
      assertArrayEquals(values(adapter + "/io", "logits"), logits(model), TOLERANCE);
      model.merge();
      assertArrayEquals(values(adapter + "/io", "logits"), logits(model), TOLERANCE);
    }
  }

  @ParameterizedTest(name = "{0} {2}")
  @MethodSource("cases")
  void trainingIsThatOfPeft(String door, Supplier<Model> source, String adapter) {
    try (Model base = source.get();
        LoraModel model = LoraModel.load(base, GoldenNet.DIRECTORY.resolve(adapter))) {
      assertArrayEquals(values(adapter + "/io", "train_losses"), train(model), TOLERANCE);
      assertArrayEquals(values(adapter + "/io", "trained_logits"), logits(model), TOLERANCE);
      Model merged = model.mergeAndUnload();
      assertEquals(base, merged);
      assertArrayEquals(values(adapter + "/io", "merged_logits"), logits(base), TOLERANCE);
    }
  }

  @ParameterizedTest(name = "{0} {2}")
  @MethodSource("cases")
  void aLoadedAdapterIsSavedAsItWas(String door, Supplier<Model> source, String adapter) {
    Path original = GoldenNet.DIRECTORY.resolve(adapter);
    try (Model base = source.get();
        LoraModel model = LoraModel.load(base, original)) {
      model.saveAdapter(directory);
    }
    Map<String, float[]> expected = tensors(original);
    Map<String, float[]> actual = tensors(directory);
    assertEquals(expected.keySet(), actual.keySet());
    expected.forEach((name, values) -> assertArrayEquals(values, actual.get(name), name));
  }

  /** The losses before each of ten steps of AdamW on the fixture's batch. */
  private static float[] train(LoraModel model) {
    float[] losses = new float[STEPS];
    DefaultTrainingConfig config =
        new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
            .optOptimizer(AdamW.builder().learningRate(1e-2f).weightDecay(0.01f).build());
    try (Trainer trainer = model.newTrainer(config)) {
      for (int step = 0; step < STEPS; step++) {
        try (NDManager manager = trainer.getManager().newSubManager()) {
          NDList labels = new NDList(tensor(manager, "io", "labels"));
          try (GradientCollector collector = trainer.newGradientCollector()) {
            NDArray loss =
                trainer.getLoss().evaluate(labels, trainer.forward(batch(manager), labels));
            losses[step] = loss.getFloat();
            collector.backward(loss);
          }
          trainer.step();
        }
      }
    }
    return losses;
  }

  private static float[] logits(Model model) {
    try (NDManager manager = model.getNDManager().newSubManager()) {
      ParameterStore store = new ParameterStore(manager, false);
      return model.getBlock().forward(store, batch(manager), false).head().toFloatArray();
    }
  }

  private static NDList batch(NDManager manager) {
    return new NDList(tensor(manager, "io", "ids"));
  }

  private static NDArray tensor(NDManager manager, String file, String name) {
    try (SafetensorsFile tensors =
        SafetensorsFile.open(GoldenNet.DIRECTORY.resolve(file + ".safetensors"))) {
      return tensors.tensor(name).toNDArray(manager);
    }
  }

  private static float[] values(String file, String name) {
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      return tensor(manager, file, name).toType(DataType.FLOAT32, true).toFloatArray();
    }
  }

  private static Map<String, float[]> tensors(Path adapter) {
    Map<String, float[]> tensors = new TreeMap<>();
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        SafetensorsFile file = SafetensorsFile.open(adapter.resolve("adapter_model.safetensors"))) {
      file.names().forEach(n -> tensors.put(n, file.tensor(n).toFloat32(manager).toFloatArray()));
    }
    return tensors;
  }
}
