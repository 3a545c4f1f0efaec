// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.lora4j.CausalLm;
import io.github.lora4j.LoraModel;
import io.github.lora4j.djl.format.SafetensorsFile;
import io.github.lora4j.train.FineTuningResult;
import io.github.lora4j.train.LearningRateSchedule;
import io.github.lora4j.train.StepReport;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;

/** FineTuner against torch, PEFT and transformers: see torch_run.py beside the reference. */
class FineTunerTorchTest {
  private static final Path REFERENCE =
      Path.of("src/test/resources/finetuner/torch-run.safetensors");

  @Test
  void aRunWithAccumulationClippingAndWarmUpIsTorchs() {
    try (SafetensorsFile reference = SafetensorsFile.open(REFERENCE);
        CausalLm base = TinyTraining.llama();
        LoraModel model =
            LoraModel.load(base, TinyTraining.LLAMA.resolve("adapters").resolve("default"))) {
      FineTuningResult result =
          TinyTraining.tuner()
              .epochs(8)
              .batchSize(2)
              .gradientAccumulation(3)
              .schedule(LearningRateSchedule.COSINE)
              .warmupSteps(2)
              .weightDecay(0.01f)
              .maxGradientNorm(0.3)
              .build()
              .fit(model, TinyTraining.data());
      assertEquals(8, result.steps());
      assertClose(reference, "losses", result, StepReport::loss, 1e-5);
      assertClose(reference, "norms", result, StepReport::gradientNorm, 1e-5);
      assertClose(reference, "rates", result, StepReport::learningRate, 1e-8);
      assertTrained(reference, TinyTraining.trained(model));
    }
  }

  private static void assertClose(
      SafetensorsFile reference,
      String name,
      FineTuningResult result,
      ToDoubleFunction<StepReport> value,
      double tolerance) {
    float[] expected = reference.tensor(name).toFloatArray();
    double[] ours = result.stepReports().stream().mapToDouble(value).toArray();
    double[] theirs = new double[expected.length];
    for (int i = 0; i < expected.length; i++) {
      theirs[i] = expected[i];
    }
    assertArrayEquals(theirs, ours, tolerance, name);
  }

  private static void assertTrained(SafetensorsFile reference, Map<String, float[]> ours) {
    assertEquals(
        reference.names().stream().filter(name -> name.startsWith("final.")).count(), ours.size());
    ours.forEach(
        (name, values) ->
            assertArrayEquals(
                reference.tensor("final.base_model.model." + name).toFloatArray(),
                values,
                2e-5f,
                name));
  }
}
