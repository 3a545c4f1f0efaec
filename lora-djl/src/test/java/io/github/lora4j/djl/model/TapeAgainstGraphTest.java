// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.ParameterStore;
import io.github.lora4j.AdapterConfig;
import io.github.lora4j.CausalLm;
import io.github.lora4j.LoraModel;
import io.github.lora4j.djl.kernel.EngineMode;
import io.github.lora4j.djl.nn.CausalLmBlock;
import io.github.lora4j.djl.train.GradientEngine;
import io.github.lora4j.train.CausalLmLoss;
import io.github.lora4j.train.GradientCheckpointing;
import io.github.lora4j.train.TrainableModules;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every gradient of whole models, walked back on the tape and derived by libtorch. */
class TapeAgainstGraphTest {
  private static final long[] LABELS = {-100, 9, 11, 7, 30, -100, -100, 8, 4, 60};

  static Stream<Path> adapters() {
    return TinyModels.adapters();
  }

  static Stream<Path> checkpoints() {
    return TinyModels.checkpoints();
  }

  @ParameterizedTest
  @MethodSource("adapters")
  void gradientsOfAnAdapterAgree(Path adapter) {
    try (CausalLm base = TinyModels.baseOf(adapter);
        LoraModel model = LoraModel.load(base, adapter)) {
      assertAgree((DecoderModel) model);
    }
  }

  @ParameterizedTest
  @MethodSource("io.github.lora4j.djl.model.TinyModels#otherKinds")
  void gradientsOfOtherKindsAgree(AdapterConfig config) {
    for (Path checkpoint : List.of(TinyModels.LLAMA, TinyModels.BLOOM)) {
      try (CausalLm base = TinyModels.load(checkpoint);
          LoraModel model = LoraModel.wrap(base, config)) {
        assertAgree((DecoderModel) model);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("checkpoints")
  void gradientsOfAFullFineTuningAgree(Path checkpoint) {
    try (CausalLm model = TinyModels.load(checkpoint)) {
      model.train(TrainableModules.all());
      assertAgree((DecoderModel) model);
    }
  }

  private static void assertAgree(DecoderModel model) {
    GradientEngine engine =
        GradientEngine.withoutDropout(model.decoder(), GradientCheckpointing.none());
    Map<String, float[]> byGraph;
    Map<String, float[]> byTape;
    int before = TinyModels.arrays(model.getNDManager());
    try (NDManager scope = model.getNDManager().newSubManager()) {
      NDList batch = TinyModels.batch(scope);
      CausalLmBlock block = model.getBlock();
      engine.accumulate(scope, block.pack(batch), LABELS, 1.0 / 7);
      byTape = gradients(engine);
      derive(model, batch);
      byGraph = gradients(engine);
    }
    assertEquals(before, TinyModels.arrays(model.getNDManager()));
    double largest =
        byGraph.values().stream().mapToDouble(TapeAgainstGraphTest::largest).max().orElseThrow();
    assertTrue(largest > 0);
    byGraph.forEach(
        (name, values) ->
            assertArrayEquals(values, byTape.get(name), (float) (largest * 1e-5), name));
  }

  private static void derive(DecoderModel model, NDList batch) {
    NDManager manager = batch.get(0).getManager();
    try (EngineMode mode = EngineMode.recording()) {
      NDArray logits =
          model
              .getBlock()
              .forward(new ParameterStore(manager, false), batch, true)
              .singletonOrThrow();
      NDArray labels = manager.create(LABELS, new Shape(2, 5));
      NDArray loss = new CausalLmLoss().evaluate(new NDList(labels), new NDList(logits));
      JniUtils.backward((PtNDArray) loss, (PtNDArray) manager.create(1f), false, false);
    }
  }

  /** Takes the gradients and forgets them. */
  private static Map<String, float[]> gradients(GradientEngine engine) {
    Map<String, float[]> gradients = new LinkedHashMap<>();
    for (Map.Entry<String, Parameter> entry : engine.trainable().entrySet()) {
      try (NDArray gradient = GradientEngine.gradient(entry.getValue())) {
        gradients.put(entry.getKey(), gradient.toFloatArray());
      }
    }
    engine.zeroGradients();
    return gradients;
  }

  private static double largest(float[] values) {
    double largest = 0;
    for (float value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }
}
