// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import io.github.lora4j.CausalLm;
import io.github.lora4j.LoraModel;
import io.github.lora4j.data.InstructionDataset;
import io.github.lora4j.djl.model.DecoderModel;
import io.github.lora4j.train.GradientCheckpointing;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GradientAccumulationTest {
  @Test
  void fourUnevenMicroBatchesHaveTheGradientsOfOneLargeBatch() {
    try (CausalLm base = TinyTraining.llama();
        LoraModel model = LoraModel.load(base, TinyTraining.LLAMA.resolve("adapters/all-linear"))) {
      InstructionDataset data = TinyTraining.data();
      Map<String, float[]> large =
          gradients(model, List.of(MicroBatch.of(data, List.of(0L, 1L, 2L, 3L, 4L))));
      Map<String, float[]> four =
          gradients(
              model,
              List.of(
                  MicroBatch.of(data, List.of(2L)),
                  MicroBatch.of(data, List.of(0L, 4L)),
                  MicroBatch.of(data, List.of(3L)),
                  MicroBatch.of(data, List.of(1L))));
      assertEquals(28, large.size());
      large.forEach((name, gradient) -> assertArrayEquals(gradient, four.get(name), 1e-6f, name));
    }
  }

  private static Map<String, float[]> gradients(LoraModel model, List<MicroBatch> batches) {
    GradientEngine engine =
        new GradientEngine(((DecoderModel) model).decoder(), GradientCheckpointing.none(), 0);
    double weight = 1.0 / batches.stream().mapToLong(MicroBatch::learnedTokens).sum();
    for (MicroBatch batch : batches) {
      assertEquals(
          batch.learnedTokens(), GradientEngine.countTargets(batch.batch(), batch.paddedLabels()));
      engine.accumulate(model.getNDManager(), batch.batch(), batch.paddedLabels(), weight);
    }
    Map<String, float[]> gradients = new LinkedHashMap<>();
    engine
        .trainable()
        .forEach(
            (name, parameter) -> {
              try (NDArray gradient = GradientEngine.gradient(parameter)) {
                gradients.put(name, gradient.toFloatArray());
              }
            });
    engine.zeroGradients();
    return gradients;
  }
}
