// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.AdaLoraConfig;
import io.github.lora4j.AdapterConfig;
import io.github.lora4j.CausalLm;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.LoadOptions;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.data.PromptCompletion;
import io.github.lora4j.djl.model.LiveArrays;
import io.github.lora4j.train.FineTunerBuilder;
import io.github.lora4j.train.StopReason;
import io.github.lora4j.train.multi.JobResult;
import io.github.lora4j.train.multi.MultiLoraJob;
import io.github.lora4j.train.multi.MultiLoraTrainer;
import io.github.lora4j.train.multi.MultiLoraTrainerBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Jobs that evaluate, and jobs whose adapters are more than plain ones, end as if alone. */
class MultiLoraJobKindsTest {
  private static final LoraConfig PLAIN = LoraConfig.builder().rank(4).allLinear().build();

  @TempDir private Path directory;

  private FineTunerBuilder tuner(String name) {
    return TinyTraining.tuner().outputDir(directory.resolve(name)).batchSize(2);
  }

  private static MultiLoraJob job(String name, AdapterConfig config, FineTunerBuilder tuner) {
    return MultiLoraJob.of(name, config, TinyTraining.data(), tuner.build());
  }

  private MultiLoraJob plain() {
    return job("plain", PLAIN, tuner("plain").maxSteps(6));
  }

  private MultiLoraJob keepingItsBest() {
    FineTunerBuilder tuner =
        tuner("best").maxSteps(9).evaluationFraction(0.4).evaluationInterval(2).keepBest(true);
    return job("best", PLAIN, tuner.learningRate(3e-2f));
  }

  private MultiLoraJob stoppingEarly() {
    FineTunerBuilder tuner =
        tuner("early").maxSteps(40).evaluationInterval(1).earlyStoppingPatience(2);
    return job("early", PLAIN, tuner.learningRate(5e-2f))
        .withEvaluation(TinyTraining.data(List.of(new PromptCompletion("b a", " x y z"))));
  }

  private MultiLoraJob dora() {
    return job(
        "dora",
        LoraConfig.builder().rank(4).allLinear().useDora(true).build(),
        tuner("dora").maxSteps(5));
  }

  private MultiLoraJob adaptive(int steps) {
    AdaLoraConfig config =
        AdaLoraConfig.builder()
            .initialRank(4)
            .targetRank(2)
            .allLinear()
            .tinit(2)
            .tfinal(2)
            .deltaT(1)
            .build();
    return job("adaptive", config, tuner("adaptive").maxSteps(steps));
  }

  private static List<JobResult> fit(CausalLm base, MultiLoraJob... jobs) {
    MultiLoraTrainerBuilder trainer = MultiLoraTrainer.builder();
    List.of(jobs).forEach(trainer::job);
    return trainer.build().fit(base);
  }

  private static List<JobResult> fit(MultiLoraJob... jobs) {
    try (CausalLm base = TinyTraining.llama()) {
      return fit(base, jobs);
    }
  }

  private static void assertAllEqualAlone(List<JobResult> results, MultiLoraJob... jobs) {
    for (int i = 0; i < jobs.length; i++) {
      JobsAlone.assertEqualsAlone(
          results.get(i), jobs[i], TinyTraining.LLAMA, LoadOptions.defaults());
    }
  }

  @Test
  void evaluatedJobsEndAsIfAlone() {
    MultiLoraJob[] jobs = {keepingItsBest(), plain(), stoppingEarly()};
    List<JobResult> results = fit(jobs);
    assertEquals(5, results.get(0).training().evaluations().size());
    assertTrue(results.get(0).training().bestEvaluationLoss().isPresent());
    assertTrue(results.get(1).training().evaluations().isEmpty());
    assertEquals(StopReason.EARLY_STOPPED, results.get(2).training().stopReason());
    assertAllEqualAlone(results, jobs);
  }

  @Test
  void doraAndAdaLoraEndAsIfAlone() {
    MultiLoraJob[] jobs = {dora(), plain(), adaptive(8)};
    assertAllEqualAlone(fit(jobs), jobs);
  }

  @Test
  void anAdapterThatDoesNotGoWithItsStepsIsReportedAndLeavesNothing() {
    try (CausalLm base = TinyTraining.llama()) {
      fit(base, plain());
      try (LiveArrays arrays = new LiveArrays()) {
        List<JobResult> results = fit(base, adaptive(3), keepingItsBest());
        RuntimeException failure = results.get(0).failure().orElseThrow();
        assertInstanceOf(ConfigurationException.class, failure);
        assertTrue(failure.getMessage().contains("tfinal"), failure.getMessage());
        assertFalse(results.get(1).failure().isPresent());
        assertFalse(Files.exists(directory.resolve("adaptive/adapter_config.json")));
        assertEquals(0, arrays.count());
      }
    }
  }
}
