// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import io.github.lora4j.CausalLm;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.LoraModel;
import io.github.lora4j.data.InstructionDataset;
import io.github.lora4j.optim.AdamW;
import io.github.lora4j.train.EvaluationReport;
import io.github.lora4j.train.FineTuner;
import io.github.lora4j.train.FineTunerBuilder;
import io.github.lora4j.train.FineTuningListener;
import io.github.lora4j.train.FineTuningResult;
import io.github.lora4j.train.LearningRateSchedule;
import io.github.lora4j.train.StepReport;
import io.github.lora4j.train.StopReason;
import io.github.lora4j.train.TrainableModules;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FineTunerTest {
  @TempDir Path directory;

  @Test
  void unevenMicroBatchesAddUpToOneLargeBatch() {
    InstructionDataset four = TinyTraining.data(TinyTraining.ROWS.subList(0, 4));
    Map<String, float[]> large = sgd(four, 4, 1);
    TinyTraining.assertCloseValues(large, sgd(four, 1, 4), 1e-6f);
    TinyTraining.assertCloseValues(large, sgd(four, 2, 2), 1e-6f);
  }

  /** Adam would blow rounding noise up to whole steps. */
  private static Map<String, float[]> sgd(InstructionDataset data, int batch, int accumulation) {
    try (CausalLm base = TinyTraining.llama();
        LoraModel model = TinyTraining.wrap(base, 0)) {
      Optimizer sgd = Optimizer.sgd().setLearningRateTracker(Tracker.fixed(0.5f)).build();
      FineTuner.builder()
          .optimizer(sgd)
          .silent()
          .epochs(3)
          .batchSize(batch)
          .gradientAccumulation(accumulation)
          .build()
          .fit(model, data);
      return TinyTraining.trained(model);
    }
  }

  @Test
  void theLossOfAStepIsTheMeanOverItsLearnedTokens() {
    FineTuningResult result = run(TinyTraining.tuner().batchSize(5).learningRate(0), 0);
    FineTuningResult accumulated =
        run(TinyTraining.tuner().batchSize(2).gradientAccumulation(9).learningRate(0), 0);
    assertEquals(1, accumulated.steps());
    assertEquals(result.stepReports().get(0).loss(), accumulated.stepReports().get(0).loss(), 1e-6);
  }

  @Test
  void aSeedGivesTheSameRunAndAnotherSeedAnotherOne() {
    FineTunerBuilder tuner = TinyTraining.tuner().epochs(2).batchSize(2).seed(3);
    TinyTraining.assertEqualValues(trained(tuner, 0.1), trained(tuner, 0.1));
    assertNotEquals(losses(tuner, 0.1), losses(tuner.seed(4), 0.1));
  }

  @Test
  void anEpochsLastStepMayBeSmallerAndFractionsOfEpochsCount() {
    // 5 rows: 3 micro-batches, 2 steps an epoch, the second of one micro-batch.
    FineTunerBuilder tuner = TinyTraining.tuner().batchSize(2).gradientAccumulation(2);
    FineTuningResult result = run(tuner.epochs(1.5), 0);
    assertEquals(3, result.steps());
    assertEquals(1 + 2 / 3.0, result.epochs(), 1e-12);
    assertEquals(StopReason.COMPLETED, result.stopReason());
    long rows = TinyTraining.data().examples().stream().mapToLong(e -> e.length()).sum();
    List<StepReport> steps = result.stepReports();
    assertEquals(rows, steps.get(0).tokens() + steps.get(1).tokens());
    assertEquals(steps.stream().mapToLong(StepReport::tokens).sum(), result.trainedTokens());
    assertEquals(OptionalDouble.empty(), result.bestEvaluationLoss());
    assertEquals(1, run(tuner.epochs(0.01), 0).steps());
    assertEquals(7, run(tuner.maxSteps(7), 0).steps());
  }

  @Test
  void aNormBelowTheLimitAndNoLimitChangeNothing() {
    TinyTraining.assertEqualValues(
        trained(TinyTraining.tuner().maxGradientNorm(0), 0),
        trained(TinyTraining.tuner().maxGradientNorm(1e9), 0));
  }

  @Test
  void anOptimizerGivenIsUsedAndKeepsItsStateForTheNextRun() {
    try (AdamW own = AdamW.builder().learningRate(5e-3f).weightDecay(0).build();
        CausalLm base = TinyTraining.llama();
        LoraModel model = TinyTraining.wrap(base, 0)) {
      FineTuner tuner = FineTuner.builder().optimizer(own).silent().batchSize(5).build();
      FineTuningResult first = tuner.fit(model, TinyTraining.data());
      tuner.fit(model, TinyTraining.data());
      assertTrue(Float.isNaN(first.stepReports().get(0).learningRate()));
      FineTunerBuilder inOne =
          TinyTraining.tuner().batchSize(5).epochs(2).schedule(LearningRateSchedule.CONSTANT);
      TinyTraining.assertEqualValues(trained(inOne, 0), TinyTraining.trained(model));
    }
  }

  @Test
  void trainingStopsWhenTheEvaluationLossDoesNotFall() {
    FineTuningResult result =
        run(
            TinyTraining.tuner()
                .learningRate(0)
                .evaluationFraction(0.4)
                .evaluationInterval(1)
                .earlyStoppingPatience(2)
                .maxSteps(9),
            0);
    assertEquals(StopReason.EARLY_STOPPED, result.stopReason());
    assertEquals(3, result.steps());
    assertEquals(List.of(1, 2, 3), evaluatedAt(result));
  }

  @Test
  void evaluationComesOnceAnEpochAndAfterTheLastStep() {
    FineTunerBuilder tuner = TinyTraining.tuner().evaluationFraction(0.2).batchSize(2);
    assertEquals(List.of(2, 4, 5), evaluatedAt(run(tuner.epochs(2.5), 0)));
    assertEquals(List.of(3, 5), evaluatedAt(run(tuner.evaluationInterval(3), 0)));
  }

  @Test
  void theBestParametersAreKeptInTheModelAndInTheDirectory() {
    InstructionDataset training = TinyTraining.data(TinyTraining.ROWS.subList(0, 2));
    InstructionDataset held = TinyTraining.data(TinyTraining.ROWS.subList(2, 5));
    try (CausalLm base = TinyTraining.llama();
        LoraModel model = TinyTraining.wrap(base, 0)) {
      FineTuningResult result =
          TinyTraining.tuner()
              .learningRate(0.05f)
              .schedule(LearningRateSchedule.CONSTANT)
              .maxSteps(12)
              .evaluationInterval(2)
              .keepBest(true)
              .outputDir(directory)
              .build()
              .fit(model, training, held);
      double best =
          result.evaluations().stream().mapToDouble(EvaluationReport::loss).min().orElseThrow();
      double last = result.evaluations().get(result.evaluations().size() - 1).loss();
      assertTrue(last > best + 0.01, "the last evaluation must not be the best one here");
      assertEquals(best, result.bestEvaluationLoss().orElseThrow());
      assertEquals(best, loss(model, held), 1e-6);
      model.loadAdapter("saved", directory);
      model.setActiveAdapter("saved");
      assertEquals(best, loss(model, held), 1e-6);
    }
  }

  private static double loss(LoraModel model, InstructionDataset data) {
    FineTunerBuilder still = TinyTraining.tuner().learningRate(0).batchSize(8).maxSteps(1);
    return still.build().fit(model, data).stepReports().get(0).loss();
  }

  @Test
  void theResultIsSavedAndListenersFollowTheRun() {
    List<String> calls = new ArrayList<>();
    FineTuningListener listener =
        new FineTuningListener() {
          @Override
          public void onStep(StepReport report) {
            calls.add("step " + report.step());
          }

          @Override
          public void onEvaluation(EvaluationReport report) {
            calls.add("evaluation " + report.step());
          }

          @Override
          public void onEnd(FineTuningResult result) {
            assertTrue(Files.exists(directory.resolve("adapter_model.safetensors")));
            calls.add("end " + result.steps());
          }
        };
    run(
        TinyTraining.tuner()
            .epochs(2)
            .evaluationFraction(0.2)
            .outputDir(directory)
            .listener(listener),
        0);
    assertEquals(List.of("step 1", "evaluation 1", "step 2", "evaluation 2", "end 2"), calls);
  }

  @Test
  void aListenerMayStopTheRun() {
    FineTuningListener two =
        new FineTuningListener() {
          private int steps;

          @Override
          public void onStep(StepReport report) {
            steps = report.step();
          }

          @Override
          public boolean wantsStop() {
            return steps == 2;
          }
        };
    FineTuningResult result = run(TinyTraining.tuner().maxSteps(9).listener(two), 0);
    assertEquals(2, result.steps());
    assertEquals(StopReason.STOPPED_BY_LISTENER, result.stopReason());
  }

  @Test
  void progressGoesToTheStreamAndSilenceToNone() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream stream = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    run(TinyTraining.tuner().progress(stream).evaluationFraction(0.2).maxSteps(2), 0);
    String text = bytes.toString(StandardCharsets.UTF_8);
    assertTrue(text.contains("step 2/2: loss "), text);
    assertTrue(text.contains(", evaluation loss "), text);
    assertTrue(text.contains(" tokens/s, "), text);
  }

  @Test
  void aModelWithoutAdaptersIsSavedAsACheckpoint() {
    try (CausalLm model = TinyTraining.llama()) {
      model.train(TrainableModules.all());
      TinyTraining.tuner().outputDir(directory).build().fit(model, TinyTraining.data());
      try (CausalLm saved = HuggingFaceModel.load(directory)) {
        TinyTraining.assertEqualValues(
            TinyTraining.parameters(model), TinyTraining.parameters(saved));
      }
    }
  }

  private static List<Integer> evaluatedAt(FineTuningResult result) {
    return result.evaluations().stream().map(EvaluationReport::step).toList();
  }

  private static List<Double> losses(FineTunerBuilder tuner, double dropout) {
    return run(tuner, dropout).stepReports().stream().map(StepReport::loss).toList();
  }

  private static FineTuningResult run(FineTunerBuilder tuner, double dropout) {
    try (CausalLm base = TinyTraining.llama();
        LoraModel model = TinyTraining.wrap(base, dropout)) {
      return tuner.build().fit(model, TinyTraining.data());
    }
  }

  private static Map<String, float[]> trained(FineTunerBuilder tuner, double dropout) {
    try (CausalLm base = TinyTraining.llama();
        LoraModel model = TinyTraining.wrap(base, dropout)) {
      tuner.build().fit(model, TinyTraining.data());
      return TinyTraining.trained(model);
    }
  }
}
