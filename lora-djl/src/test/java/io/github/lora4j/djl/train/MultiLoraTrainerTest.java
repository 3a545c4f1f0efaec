// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.CausalLm;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.DatasetException;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.LoadOptions;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.LoraModel;
import io.github.lora4j.TrainingException;
import io.github.lora4j.data.InstructionDataset;
import io.github.lora4j.data.PromptCompletion;
import io.github.lora4j.djl.model.LiveArrays;
import io.github.lora4j.quant.Quantization;
import io.github.lora4j.train.FineTunerBuilder;
import io.github.lora4j.train.FineTuningListener;
import io.github.lora4j.train.LearningRateSchedule;
import io.github.lora4j.train.StepReport;
import io.github.lora4j.train.StopReason;
import io.github.lora4j.train.multi.JobResult;
import io.github.lora4j.train.multi.MultiLoraJob;
import io.github.lora4j.train.multi.MultiLoraTrainer;
import io.github.lora4j.train.multi.MultiLoraTrainerBuilder;
import io.github.lora4j.train.multi.TurnOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Jobs that train together end as each would alone. */
class MultiLoraTrainerTest {
  private static final LoraConfig SMALL =
      LoraConfig.builder().rank(2).alpha(4).targetModules("q_proj", "v_proj").build();
  private static final LoraConfig LARGE = LoraConfig.builder().rank(8).alpha(8).allLinear().build();
  private static final LoraConfig FEED_FORWARD =
      LoraConfig.builder().rank(3).alpha(12).targetModules("gate_proj", "down_proj").build();

  @TempDir private Path directory;

  private FineTunerBuilder tuner(String name) {
    return TinyTraining.tuner().outputDir(directory.resolve(name));
  }

  private static MultiLoraJob job(String name, LoraConfig config, FineTunerBuilder tuner) {
    return MultiLoraJob.of(name, config, TinyTraining.data(), tuner.build());
  }

  private FineTunerBuilder smallTuner() {
    return tuner("small").batchSize(2).epochs(3).seed(1);
  }

  private MultiLoraJob small() {
    return job("small", SMALL, smallTuner());
  }

  private MultiLoraJob accumulating() {
    FineTunerBuilder tuner =
        tuner("accumulating")
            .batchSize(1)
            .gradientAccumulation(3)
            .maxSteps(4)
            .seed(2)
            .schedule(LearningRateSchedule.COSINE)
            .maxGradientNorm(0.1);
    InstructionDataset four = TinyTraining.data(TinyTraining.ROWS.subList(0, 4));
    return MultiLoraJob.of("accumulating", LARGE, four, tuner.build());
  }

  private MultiLoraJob late() {
    return job(
        "late",
        FEED_FORWARD,
        tuner("late").batchSize(3).maxSteps(12).seed(3).weightDecay(0.1f).warmupSteps(2));
  }

  private MultiLoraJob diverging() {
    return job("diverging", LARGE, tuner("diverging").learningRate(1e30f).batchSize(2).maxSteps(9));
  }

  private static FineTuningListener atStep(int step, Runnable todo) {
    return new FineTuningListener() {
      @Override
      public void onStep(StepReport report) {
        if (report.step() == step) {
          todo.run();
        }
      }
    };
  }

  private static MultiLoraTrainerBuilder of(MultiLoraJob... jobs) {
    MultiLoraTrainerBuilder builder = MultiLoraTrainer.builder();
    List.of(jobs).forEach(builder::job);
    return builder;
  }

  private static List<JobResult> fit(MultiLoraTrainer trainer) {
    try (CausalLm base = TinyTraining.llama()) {
      return trainer.fit(base);
    }
  }

  private static LoadOptions nf4() {
    return LoadOptions.builder().quantization(Quantization.nf4()).build();
  }

  @Test
  void everyJobEndsAsIfItHadTrainedAlone() {
    assertAllEqualAlone(LoadOptions.defaults(), 4096, TurnOrder.fairShare());
  }

  @Test
  void everyJobEndsAsIfItHadTrainedAloneOverFourBits() {
    assertAllEqualAlone(nf4(), 4096, TurnOrder.fairShare());
  }

  @Test
  void everyJobEndsAsIfItHadTrainedAloneUnderATightBudget() {
    assertAllEqualAlone(LoadOptions.defaults(), 60, TurnOrder.shortestFirst());
  }

  /** One job joins late, one ends early, one fails. */
  private void assertAllEqualAlone(LoadOptions options, int budget, TurnOrder order) {
    List<MultiLoraTrainer> trainer = new ArrayList<>();
    FineTuningListener submitting = atStep(2, () -> trainer.get(0).submit(late()));
    MultiLoraJob first = job("small", SMALL, smallTuner().listener(submitting));
    trainer.add(
        of(first, accumulating(), diverging()).maxTokensPerStep(budget).order(order).build());
    List<JobResult> results;
    try (CausalLm base = HuggingFaceModel.load(TinyTraining.LLAMA, options)) {
      results = trainer.get(0).fit(base);
    }
    assertEquals(
        List.of("small", "accumulating", "diverging", "late"),
        results.stream().map(JobResult::name).toList());
    JobsAlone.assertEqualsAlone(results.get(0), small(), TinyTraining.LLAMA, options);
    JobsAlone.assertEqualsAlone(results.get(1), accumulating(), TinyTraining.LLAMA, options);
    JobsAlone.assertEqualsAlone(results.get(3), late(), TinyTraining.LLAMA, options);
    assertDiverged(results.get(2));
  }

  private static void assertDiverged(JobResult result) {
    assertEquals(StopReason.FAILED, result.training().stopReason());
    assertEquals(1, result.training().steps());
    TrainingException failure =
        assertInstanceOf(TrainingException.class, result.failure().orElseThrow());
    assertTrue(
        failure.getMessage().startsWith("step 2 of 9: the loss is NaN"), failure.getMessage());
  }

  @Test
  void aJobThatDoesNotFitIsReportedAndTheOthersGoOn() {
    LoraConfig nowhere = LoraConfig.builder().targetModules("no_such_module").build();
    LoraConfig whole = LoraConfig.builder().allLinear().modulesToSave("lm_head").build();
    InstructionDataset foreign =
        TinyTraining.data(List.of(new PromptCompletion("not in the vocabulary", " \u00ff")));
    FineTuningListener broken = atStep(1, () -> Collections.emptyIterator().next());
    List<JobResult> results =
        fit(
            of(
                    job("nowhere", nowhere, tuner("nowhere")),
                    job("whole", whole, tuner("whole")),
                    MultiLoraJob.of("foreign", SMALL, foreign, tuner("foreign").build()),
                    job("listener", SMALL, tuner("listener").listener(broken)),
                    job("a.dot", SMALL, tuner("dot")),
                    small())
                .build());
    List<Class<?>> failures = new ArrayList<>();
    results.forEach(result -> result.failure().ifPresent(e -> failures.add(e.getClass())));
    assertEquals(
        List.of(
            ConfigurationException.class,
            ConfigurationException.class,
            DatasetException.class,
            NoSuchElementException.class,
            ConfigurationException.class),
        failures);
    JobsAlone.assertEqualsAlone(
        results.get(5), small(), TinyTraining.LLAMA, LoadOptions.defaults());
  }

  @Test
  void aCancelledJobLeavesWithoutSavingAndAListenerMayStopOneThatIsSaved() {
    List<MultiLoraTrainer> trainer = new ArrayList<>();
    FineTuningListener cancelling = atStep(2, () -> trainer.get(0).cancel("accumulating"));
    FineTuningListener stopping =
        new FineTuningListener() {
          @Override
          public boolean wantsStop() {
            return true;
          }
        };
    trainer.add(
        of(
                job("small", SMALL, smallTuner().listener(cancelling)),
                accumulating(),
                job("stopped", SMALL, tuner("stopped").epochs(9).listener(stopping)))
            .build());
    List<JobResult> results = fit(trainer.get(0));
    assertEquals(StopReason.COMPLETED, results.get(0).training().stopReason());
    assertEquals(StopReason.CANCELLED, results.get(1).training().stopReason());
    assertEquals(2, results.get(1).training().steps());
    assertFalse(Files.exists(file("accumulating")));
    assertEquals(StopReason.STOPPED_BY_LISTENER, results.get(2).training().stopReason());
    assertEquals(1, results.get(2).training().steps());
    assertTrue(Files.exists(file("stopped")));
  }

  private Path file(String name) {
    return directory.resolve(name).resolve("adapter_model.safetensors");
  }

  @Test
  void theBaseIsAsItWasAndNoArrayStays() {
    try (CausalLm base = TinyTraining.llama()) {
      Map<String, float[]> before = TinyTraining.parameters(base);
      of(small()).build().fit(base);
      try (LiveArrays arrays = new LiveArrays()) {
        of(small(), accumulating(), diverging()).build().fit(base);
        assertEquals(0, arrays.count());
      }
      TinyTraining.assertEqualValues(before, TinyTraining.parameters(base));
      try (LoraModel model = LoraModel.load(base, directory.resolve("small"))) {
        assertEquals(List.of("default"), model.activeAdapters());
      }
    }
  }

  @Test
  void aTrainerIsForOneRun() {
    MultiLoraTrainer trainer = of(small()).build();
    fit(trainer);
    assertThrows(IllegalStateException.class, () -> fit(trainer));
    IllegalStateException tooLate =
        assertThrows(IllegalStateException.class, () -> trainer.submit(late()));
    assertTrue(tooLate.getMessage().contains("after the run was over"), tooLate.getMessage());
  }

  @Test
  void namesAreUniqueAndKnown() {
    MultiLoraTrainer trainer = of(small()).build();
    assertRefused("a job \"small\" exists already", () -> trainer.submit(small()));
    assertRefused("no job \"smal\"; there are [small]", () -> trainer.cancel("smal"));
    assertRefused("there is no job", () -> fit(MultiLoraTrainer.builder().build()));
  }

  @Test
  void aBaseWithAdaptersIsRefused() {
    try (CausalLm base = TinyTraining.llama();
        LoraModel model = TinyTraining.wrap(base, 0)) {
      assertRefused("shares a base without adapters", () -> of(small()).build().fit(model));
      assertRefused("has adapters already", () -> of(small()).build().fit(base));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"dropout", "outputDir", "gradientCheckpointing"})
  void whatDoesNotFitAFusedRunIsRefusedByName(String option) {
    LoraConfig dropping = LoraConfig.builder().dropout(0.1).build();
    Consumer<FineTunerBuilder> choice =
        switch (option) {
          case "gradientCheckpointing" -> tuner -> tuner.gradientCheckpointing(true);
          default -> tuner -> {};
        };
    FineTunerBuilder tuner = option.equals("outputDir") ? TinyTraining.tuner() : tuner("x");
    choice.accept(tuner);
    assertRefused(option, () -> job("x", option.equals("dropout") ? dropping : SMALL, tuner));
  }

  private static void assertRefused(String words, Runnable action) {
    ConfigurationException e = assertThrows(ConfigurationException.class, action::run);
    assertTrue(e.getMessage().contains(words), e.getMessage());
  }
}
