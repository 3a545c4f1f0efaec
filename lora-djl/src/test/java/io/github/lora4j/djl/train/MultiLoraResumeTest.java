// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.github.lora4j.CausalLm;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.LoadOptions;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.djl.model.LiveArrays;
import io.github.lora4j.train.FineTunerBuilder;
import io.github.lora4j.train.StopReason;
import io.github.lora4j.train.StopSignal;
import io.github.lora4j.train.multi.JobResult;
import io.github.lora4j.train.multi.MultiLoraJob;
import io.github.lora4j.train.multi.MultiLoraTrainer;
import io.github.lora4j.train.multi.MultiLoraTrainerBuilder;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Jobs that were interrupted together go on, and end as each would alone. */
class MultiLoraResumeTest {
  @TempDir private Path directory;

  private MultiLoraJob job(String name, int rank, FineTunerBuilder tuner) {
    LoraConfig config = LoraConfig.builder().rank(rank).alpha(8).allLinear().build();
    tuner.outputDir(directory.resolve(name));
    return MultiLoraJob.of(name, config, TinyTraining.data(), tuner.build());
  }

  private static FineTunerBuilder longTuner() {
    return TinyTraining.tuner().batchSize(2).epochs(3).seed(1);
  }

  private static FineTunerBuilder shortTuner() {
    return TinyTraining.tuner().batchSize(1).gradientAccumulation(3).maxSteps(3).seed(2);
  }

  private static FineTunerBuilder lateTuner() {
    return TinyTraining.tuner().batchSize(3).maxSteps(4).seed(3);
  }

  private static List<JobResult> run(boolean resume, MultiLoraJob... jobs) {
    MultiLoraTrainerBuilder builder = MultiLoraTrainer.builder();
    List.of(jobs).forEach(builder::job);
    MultiLoraTrainer trainer = builder.build();
    try (CausalLm base = TinyTraining.llama();
        LiveArrays arrays = new LiveArrays()) {
      List<JobResult> results = resume ? trainer.resume(base) : trainer.fit(base);
      assertEquals(0, arrays.count());
      return results;
    }
  }

  @Test
  void everyJobGoesOnWhereItWas() {
    StopSignal signal = new StopSignal();
    List<JobResult> first =
        run(
            false,
            job(
                "long",
                4,
                longTuner().stopSignal(signal).listener(ResumeTest.afterStep(4, signal::request))),
            job("short", 2, shortTuner().stopSignal(signal)),
            job("other", 2, lateTuner().checkpointEverySteps(2)));
    assertEquals(
        List.of(StopReason.STOPPED_BY_SIGNAL, StopReason.COMPLETED, StopReason.COMPLETED),
        first.stream().map(result -> result.training().stopReason()).toList());
    assertEquals(4, first.get(0).training().steps());

    List<JobResult> resumed =
        run(
            true,
            job("long", 4, longTuner().checkpointEverySteps(2)),
            job("short", 2, shortTuner().checkpointEverySteps(2)),
            job("late", 3, lateTuner().checkpointEverySteps(2)));
    assertEquals(first.get(1).training().stepReports(), resumed.get(1).training().stepReports());
    assertAlone(resumed.get(0), job("long", 4, longTuner()));
    assertAlone(resumed.get(1), job("short", 2, shortTuner()));
    assertAlone(resumed.get(2), job("late", 3, lateTuner()));
  }

  private static void assertAlone(JobResult result, MultiLoraJob job) {
    JobsAlone.assertEqualsAlone(result, job, TinyTraining.LLAMA, LoadOptions.defaults());
  }

  @Test
  void aJobOfAnotherRunFailsAlone() {
    run(false, job("long", 4, longTuner().checkpointEverySteps(2)));
    List<JobResult> results =
        run(
            true,
            job("long", 4, longTuner().batchSize(3).checkpointEverySteps(2)),
            job("short", 2, shortTuner()));
    assertInstanceOf(ConfigurationException.class, results.get(0).failure().orElseThrow());
    assertAlone(results.get(1), job("short", 2, shortTuner()));
  }

  @Test
  void twoJobsDoNotShareADirectory() {
    MultiLoraJob one = job("one", 2, shortTuner());
    MultiLoraJob other =
        new MultiLoraJob(
            "other", one.config(), one.data(), one.evaluation(), one.options(), one.priority());
    List<JobResult> results = run(false, one, other);
    assertEquals(StopReason.COMPLETED, results.get(0).training().stopReason());
    assertInstanceOf(ConfigurationException.class, results.get(1).failure().orElseThrow());
  }
}
