// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import io.github.lora4j.CausalLm;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.DatasetException;
import io.github.lora4j.LoraException;
import io.github.lora4j.LoraModel;
import io.github.lora4j.TrainingException;
import io.github.lora4j.data.InstructionDataset;
import io.github.lora4j.data.PromptCompletion;
import io.github.lora4j.djl.model.DecoderModel;
import io.github.lora4j.djl.train.checkpoint.OutputLock;
import io.github.lora4j.train.FineTuner;
import io.github.lora4j.train.FineTunerBuilder;
import io.github.lora4j.train.FineTuningListener;
import io.github.lora4j.train.GradientCheckpointing;
import io.github.lora4j.train.LearningRateSchedule;
import io.github.lora4j.train.ReportPlan;
import io.github.lora4j.train.StepReport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FineTunerRefusalTest {
  @TempDir Path directory;
  private CausalLm base;
  private LoraModel model;

  @BeforeEach
  void load() {
    base = TinyTraining.llama();
    model = TinyTraining.wrap(base, 0);
  }

  @AfterEach
  void close() {
    model.close();
    base.close();
  }

  @Test
  void aLossThatIsNotFiniteEndsTheRunWithTheLastGoodStepSaved() {
    List<Map<String, float[]>> afterEachStep = new ArrayList<>();
    FineTuningListener recorder =
        new FineTuningListener() {
          @Override
          public void onStep(StepReport report) {
            afterEachStep.add(TinyTraining.trained(model));
          }
        };
    FineTunerBuilder tuner = blowingUp().listener(recorder).outputDir(directory);
    TrainingException e = assertRefused(TrainingException.class, tuner, TinyTraining.data());
    int failed = afterEachStep.size() + 1;
    assertTrue(e.getMessage().startsWith("step " + failed + " of 20: the "), e.getMessage());
    assertTrue(e.getMessage().contains("as step " + (failed - 1) + " left it"), e.getMessage());
    assertTrue(e.getMessage().contains("Lower the learning rate"), e.getMessage());
    Map<String, float[]> lastGood = afterEachStep.get(afterEachStep.size() - 1);
    TinyTraining.assertEqualValues(lastGood, TinyTraining.trained(model));
    model.loadAdapter("saved", directory);
    model.deleteAdapter(LoraModel.DEFAULT_ADAPTER);
    model.setActiveAdapter("saved");
    assertArrayEquals(lastGood.values().toArray(), TinyTraining.trained(model).values().toArray());
  }

  @Test
  void weightsThatAreNotFiniteAreFoundAtTheFirstStepAndNothingIsSaved() {
    ((DecoderModel) model)
        .decoder()
        .trainableParameters()
        .values()
        .forEach(parameter -> parameter.getArray().stopGradient().muli(Float.NaN));
    TrainingException e =
        assertRefused(
            TrainingException.class,
            TinyTraining.tuner().outputDir(directory).maxSteps(2),
            TinyTraining.data());
    assertTrue(e.getMessage().startsWith("step 1 of 2: the loss is NaN"), e.getMessage());
    assertTrue(e.getMessage().contains("look for weights that are not finite"), e.getMessage());
    assertFalse(Files.exists(directory.resolve("adapter_model.safetensors")));
  }

  @Test
  void withoutADirectoryTheMessageSaysThatNothingWasSaved() {
    TrainingException e = assertRefused(TrainingException.class, blowingUp(), TinyTraining.data());
    assertTrue(e.getMessage().contains("no outputDir was set"), e.getMessage());
  }

  @Test
  void theBestParametersSavedAreNotWrittenOverWhenALaterStepFails() {
    Map<String, float[]> start = TinyTraining.trained(model);
    FineTunerBuilder tuner =
        FineTuner.builder()
            .optimizer(new Spoiler(3))
            .silent()
            .maxSteps(9)
            .evaluationFraction(0.2)
            .evaluationInterval(2)
            .keepBest(true)
            .outputDir(directory);
    TrainingException e = assertRefused(TrainingException.class, tuner, TinyTraining.data());
    assertTrue(e.getMessage().startsWith("step 4 of 9: the loss is NaN, expected"), e.getMessage());
    assertTrue(e.getMessage().contains("holds the best parameters so far"), e.getMessage());
    assertArrayEquals(start.values().toArray(), saved().values().toArray());
  }

  @Test
  void anEvaluationLossThatIsNotFiniteEndsTheRun() {
    FineTunerBuilder tuner =
        FineTuner.builder()
            .optimizer(new Spoiler(2))
            .silent()
            .maxSteps(9)
            .evaluationFraction(0.2)
            .evaluationInterval(2)
            .outputDir(directory);
    TrainingException e = assertRefused(TrainingException.class, tuner, TinyTraining.data());
    assertTrue(
        e.getMessage().startsWith("evaluation after step 2 of 9: the loss is NaN"), e.getMessage());
    assertFalse(Files.exists(directory.resolve("adapter_model.safetensors")));
  }

  @Test
  void whatCannotBeSavedWhenARunBreaksOffDoesNotHideWhyItDid() {
    FineTuningListener remover =
        new FineTuningListener() {
          @Override
          public void onStep(StepReport report) {
            if (report.step() == 1) {
              try {
                Files.delete(directory.resolve(OutputLock.FILE_NAME));
                Files.delete(directory);
                Files.writeString(directory, "in the way");
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            }
          }
        };
    FineTunerBuilder tuner =
        FineTuner.builder()
            .optimizer(new Spoiler(3))
            .silent()
            .maxSteps(9)
            .listener(remover)
            .reports(ReportPlan.none())
            .outputDir(directory);
    TrainingException e = assertRefused(TrainingException.class, tuner, TinyTraining.data());
    assertTrue(e.getMessage().startsWith("step 4 of 9: the loss is NaN"), e.getMessage());
    assertTrue(e.getMessage().contains("the parameters could not be saved"), e.getMessage());
  }

  @Test
  void gradientsLeftBehindByOthersDoNotCount() {
    GradientEngine other =
        new GradientEngine(((DecoderModel) model).decoder(), GradientCheckpointing.none(), 0);
    MicroBatch batch = MicroBatch.of(TinyTraining.data(), List.of(0L));
    other.accumulate(model.getNDManager(), batch.batch(), batch.paddedLabels(), Double.NaN);
    TinyTraining.tuner().batchSize(5).build().fit(model, TinyTraining.data());
    try (CausalLm otherBase = TinyTraining.llama();
        LoraModel fresh = TinyTraining.wrap(otherBase, 0)) {
      TinyTraining.tuner().batchSize(5).build().fit(fresh, TinyTraining.data());
      TinyTraining.assertEqualValues(TinyTraining.trained(fresh), TinyTraining.trained(model));
    }
  }

  @Test
  void whatAListenerThrowsReachesTheCaller() {
    FineTuningListener thrower =
        new FineTuningListener() {
          @Override
          public void onStep(StepReport report) {
            throw new IllegalArgumentException("from the listener");
          }
        };
    FineTuner tuner = TinyTraining.tuner().listener(thrower).build();
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> tuner.fit(model, TinyTraining.data()));
    assertEquals("from the listener", e.getMessage());
  }

  @Test
  void aDirectoryThatCannotBeWrittenIsFoundBeforeTraining() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "in the way");
    ConfigurationException e =
        assertUntouched(
            ConfigurationException.class,
            TinyTraining.tuner().outputDir(file.resolve("adapter")),
            TinyTraining.data());
    assertTrue(e.getMessage().startsWith("FineTuner: outputDir " + file), e.getMessage());
  }

  @Test
  void takingTheDirectoryLeavesNothingInIt() throws IOException {
    OutputDirectory.take(Optional.of(directory)).close();
    try (Stream<Path> files = Files.list(directory)) {
      assertEquals(0, files.count());
    }
  }

  @Test
  void aRowLongerThanTheModelsPositionsIsNamed() {
    InstructionDataset data =
        TinyTraining.data(
            List.of(
                new PromptCompletion("short", " row"),
                new PromptCompletion("x".repeat(40), "y".repeat(40))));
    DatasetException e = assertUntouched(DatasetException.class, TinyTraining.tuner(), data);
    assertEquals(
        "row 1 of the training data (from 0): 81 tokens are more than the model's 64 positions; set"
            + " maxLength(64) on the InstructionDataset",
        e.getMessage());
  }

  @Test
  void aTokenOutsideTheVocabularyIsNamed() {
    InstructionDataset data = TinyTraining.data(List.of(new PromptCompletion("caf", "\u00e9")));
    DatasetException e = assertUntouched(DatasetException.class, TinyTraining.tuner(), data);
    assertTrue(
        e.getMessage().contains("row 0 of the training data (from 0): token id 233 is outside"),
        e.getMessage());
  }

  @Test
  void evaluationDataIsCheckedBeforeTrainingToo() {
    InstructionDataset bad = TinyTraining.data(List.of(new PromptCompletion("caf", "\u00e9")));
    DatasetException e =
        assertThrows(
            DatasetException.class,
            () -> TinyTraining.tuner().build().fit(model, TinyTraining.data(), bad));
    assertTrue(e.getMessage().contains("row 0 of the evaluation data"), e.getMessage());
  }

  @Test
  void evaluationDataAndAFractionExcludeEachOther() {
    ConfigurationException e =
        assertThrows(
            ConfigurationException.class,
            () ->
                TinyTraining.tuner()
                    .evaluationFraction(0.2)
                    .build()
                    .fit(model, TinyTraining.data(), TinyTraining.data()));
    assertTrue(e.getMessage().contains("exclude each other"), e.getMessage());
  }

  @Test
  void keepingTheBestNeedsEvaluationData() {
    assertUntouched(
        ConfigurationException.class, TinyTraining.tuner().keepBest(true), TinyTraining.data());
    assertUntouched(
        ConfigurationException.class,
        TinyTraining.tuner().earlyStoppingPatience(1),
        TinyTraining.data());
  }

  @Test
  void aMergedOrDisabledAdapterIsNotTrained() {
    model.disableAdapters();
    assertUntouched(TrainingException.class, TinyTraining.tuner(), TinyTraining.data());
    model.enableAdapters();
    model.merge();
    assertUntouched(TrainingException.class, TinyTraining.tuner(), TinyTraining.data());
  }

  @Test
  void aBaseThatCarriesAdaptersIsNotTrainedBehindTheirBack() {
    TrainingException e =
        assertThrows(
            TrainingException.class,
            () -> TinyTraining.tuner().build().fit(base, TinyTraining.data()));
    assertTrue(e.getMessage().contains("carries adapters"), e.getMessage());
  }

  @Test
  void aFrozenModelIsNotTrained() {
    try (CausalLm frozen = TinyTraining.llama()) {
      TrainingException e =
          assertThrows(
              TrainingException.class,
              () -> TinyTraining.tuner().build().fit(frozen, TinyTraining.data()));
      assertTrue(e.getMessage().startsWith("nothing to train"), e.getMessage());
    }
  }

  /** The values of the adapter in the directory. */
  private Map<String, float[]> saved() {
    model.loadAdapter("saved", directory);
    model.deleteAdapter(LoraModel.DEFAULT_ADAPTER);
    model.setActiveAdapter("saved");
    return TinyTraining.trained(model);
  }

  private static FineTunerBuilder blowingUp() {
    return TinyTraining.tuner()
        .learningRate(1e30f)
        .schedule(LearningRateSchedule.CONSTANT)
        .maxSteps(20);
  }

  private <T extends LoraException> T assertRefused(
      Class<T> type, FineTunerBuilder tuner, InstructionDataset data) {
    return assertThrows(type, () -> tuner.build().fit(model, data));
  }

  private <T extends LoraException> T assertUntouched(
      Class<T> type, FineTunerBuilder tuner, InstructionDataset data) {
    Map<String, float[]> before = TinyTraining.parameters(model);
    T exception = assertRefused(type, tuner, data);
    TinyTraining.assertEqualValues(before, TinyTraining.parameters(model));
    return exception;
  }

  /** Leaves parameters alone until a step, and makes them NaN then. */
  private static final class Spoiler extends Optimizer {
    private final int at;

    Spoiler(int at) {
      super(Optimizer.sgd().setLearningRateTracker(Tracker.fixed(1)));
      this.at = at;
    }

    @Override
    public void update(String parameterId, NDArray weight, NDArray grad) {
      if (updateCount(parameterId) == at) {
        weight.muli(Float.NaN);
      }
    }
  }
}
