// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.BaseNDManager;
import io.github.lora4j.CausalLm;
import io.github.lora4j.LoraModel;
import io.github.lora4j.train.FineTunerBuilder;
import io.github.lora4j.train.FineTuningListener;
import io.github.lora4j.train.StepReport;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TrainingMemoryTest {
  @Test
  void arraysAreAsManyAfterTwoHundredStepsAsAfterTwenty() {
    try (CausalLm base = TinyTraining.llama();
        LoraModel model = TinyTraining.wrap(base, 0.1)) {
      fit(model, TinyTraining.tuner().maxSteps(1));
      int before = arrays(base);
      Map<Integer, Integer> counts = new HashMap<>();
      FineTuningListener counter =
          new FineTuningListener() {
            @Override
            public void onStep(StepReport report) {
              counts.put(report.step(), arrays(base));
            }
          };
      fit(
          model,
          TinyTraining.tuner()
              .maxSteps(200)
              .batchSize(2)
              .gradientAccumulation(2)
              .gradientCheckpointing(true)
              .evaluationFraction(0.2)
              .evaluationInterval(10)
              .keepBest(true)
              .listener(counter));
      assertTrue(counts.get(20) > before, "the optimizer's state is counted");
      assertEquals(counts.get(20), counts.get(200));
      assertEquals(before, arrays(base));
    }
  }

  private static void fit(LoraModel model, FineTunerBuilder tuner) {
    tuner.build().fit(model, TinyTraining.data());
  }

  /** Of the model, its adapters and all work on it. */
  private static int arrays(CausalLm base) {
    return ((BaseNDManager) base.getNDManager()).getManagedArrays().size();
  }
}
