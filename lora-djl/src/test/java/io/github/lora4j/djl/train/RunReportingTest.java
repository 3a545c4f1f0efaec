// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.CausalLm;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.LoraModel;
import io.github.lora4j.djl.model.DecoderModel;
import io.github.lora4j.train.FineTuner;
import io.github.lora4j.train.FineTunerBuilder;
import io.github.lora4j.train.FineTuningListener;
import io.github.lora4j.train.FineTuningResult;
import io.github.lora4j.train.ReportPlan;
import io.github.lora4j.train.RunInfo;
import io.github.lora4j.train.StepReport;
import io.github.lora4j.train.multi.JobResult;
import io.github.lora4j.train.multi.MultiLoraJob;
import io.github.lora4j.train.multi.MultiLoraTrainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunReportingTest {
  @TempDir Path directory;
  private CausalLm base;
  private LoraModel model;

  /** What a listener was told, in order. */
  private static final class Diary implements FineTuningListener {
    private final List<String> entries = new ArrayList<>();
    private RunInfo info;
    private RuntimeException failure;

    @Override
    public void onStart(RunInfo info) {
      this.info = info;
      entries.add("start");
    }

    @Override
    public void onWarning(String warning) {
      entries.add("warning");
    }

    @Override
    public void onEnd(FineTuningResult result) {
      entries.add("end");
    }

    @Override
    public void onFailure(RuntimeException failure) {
      this.failure = failure;
      entries.add("failure");
    }
  }

  private final Diary diary = new Diary();

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

  private FineTuningResult fit(FineTunerBuilder tuner) {
    return tuner.batchSize(5).listener(diary).build().fit(model, TinyTraining.data());
  }

  @Test
  void aRunLeavesItsReportsBesideTheAdapter() throws IOException {
    ReportPlan plan = ReportPlan.standard().withTensorBoard();
    FineTuningResult result =
        fit(
            TinyTraining.tuner()
                .maxSteps(4)
                .evaluationFraction(0.2)
                .evaluationInterval(2)
                .outputDir(directory)
                .reports(plan));
    assertEquals(List.of(), result.warnings());
    assertEquals(List.of("start", "end"), diary.entries);
    assertEquals(4, diary.info.trainingRows());
    assertEquals(1, diary.info.evaluationRows());
    assertEquals(4, diary.info.totalSteps());
    List<String> lines = Files.readAllLines(directory.resolve("metrics.csv"));
    assertEquals(5, lines.size());
    String second = result.stepReports().get(1).loss() + "," + result.evaluations().get(0).loss();
    assertTrue(lines.get(2).startsWith("2,2.0," + second + ","), lines.get(2));
    assertTrue(result.stepReports().get(0).memoryBytes() > 50L << 20);
    assertTrue(Files.readString(directory.resolve("report.html")).contains("\"mood\":\"good\""));
    assertTrue(Files.isDirectory(directory.resolve("tensorboard")));
    assertTrue(Files.exists(directory.resolve("adapter_model.safetensors")));
  }

  @Test
  void reportsDoNotChangeWhatIsLearned() {
    Map<String, float[]> start = TinyTraining.trained(model);
    fit(TinyTraining.tuner().maxSteps(3).outputDir(directory));
    Map<String, float[]> reported = TinyTraining.trained(model);
    model.close();
    model = TinyTraining.wrap(base, 0);
    TinyTraining.assertEqualValues(start, TinyTraining.trained(model));
    fit(TinyTraining.tuner().maxSteps(3));
    TinyTraining.assertEqualValues(reported, TinyTraining.trained(model));
  }

  @Test
  void reportsWithoutADirectoryAreRefused() {
    FineTunerBuilder tuner = FineTuner.builder().reports(ReportPlan.standard());
    assertTrue(
        assertThrows(ConfigurationException.class, tuner::build)
            .getMessage()
            .startsWith("FineTuner: reports [CSV, HTML] need an outputDir"));
  }

  @Test
  void aLearningRateOfZeroIsWarnedOf() throws IOException {
    FineTuningResult result =
        fit(TinyTraining.tuner().learningRate(0).maxSteps(2).outputDir(directory));
    assertEquals(
        List.of(
            "the learning rate is 0 in every one of the 2 steps, so nothing is learned; set"
                + " learningRate above 0"),
        result.warnings());
    assertEquals(List.of("start", "warning", "end"), diary.entries);
    assertTrue(
        Files.readString(directory.resolve("report.html")).contains("set learningRate above 0"));
  }

  @Test
  void aWarmUpAsLongAsTheRunIsWarnedOf() {
    FineTuningResult result = fit(TinyTraining.tuner().warmupSteps(5).maxSteps(1));
    assertTrue(result.warnings().get(0).contains("lower warmupSteps"), result.warnings().get(0));
  }

  @Test
  void gradientsThatAreAllZeroAreWarnedOf() {
    ((DecoderModel) model)
        .decoder()
        .trainableParameters()
        .values()
        .forEach(parameter -> parameter.getArray().stopGradient().muli(0));
    FineTuningResult result = fit(TinyTraining.tuner().maxSteps(5));
    assertEquals(1, result.warnings().size());
    assertTrue(
        result.warnings().get(0).startsWith("the gradients of the first 3 step(s) are all 0"),
        result.warnings().get(0));
    assertEquals(List.of("start", "warning", "end"), diary.entries);
  }

  @Test
  void aFailureReachesListenersAndThePage() throws IOException {
    IllegalStateException own = new IllegalStateException("enough");
    FineTuningListener thrower =
        new FineTuningListener() {
          @Override
          public void onStep(StepReport report) {
            throw own;
          }
        };
    FineTunerBuilder tuner =
        TinyTraining.tuner().maxSteps(2).outputDir(directory).listener(thrower);
    assertSame(own, assertThrows(IllegalStateException.class, () -> fit(tuner)));
    assertSame(own, diary.failure);
    String page = Files.readString(directory.resolve("report.html"));
    assertTrue(page.contains("\"failure\":\"enough\""), page);
  }

  @Test
  void eachJobOfAFusedRunHasItsReports() throws IOException {
    model.close();
    List<JobResult> results =
        MultiLoraTrainer.builder()
            .job(job("one", TinyTraining.tuner().maxSteps(2)))
            .job(job("idle", TinyTraining.tuner().learningRate(0).maxSteps(3)))
            .build()
            .fit(base);
    assertEquals(List.of(), results.get(0).training().warnings());
    assertEquals(1, results.get(1).training().warnings().size());
    assertEquals(3, Files.readAllLines(directory.resolve("one/metrics.csv")).size());
    assertEquals(4, Files.readAllLines(directory.resolve("idle/metrics.csv")).size());
    String page = Files.readString(directory.resolve("one/report.html"));
    assertTrue(page.contains("\"name\":\"one\",\"state\":\"completed\""), page);
  }

  @Test
  void samplesOfAJobAreRefused() {
    FineTunerBuilder tuner = TinyTraining.tuner().reports(ReportPlan.standard().withSamples("a"));
    assertTrue(
        assertThrows(ConfigurationException.class, () -> job("one", tuner))
            .getMessage()
            .contains("found reports with samples"));
    assertFalse(Files.exists(directory.resolve("one")));
  }

  private MultiLoraJob job(String name, FineTunerBuilder tuner) {
    return MultiLoraJob.of(
        name,
        LoraConfig.builder().rank(2).targetModules("q_proj").build(),
        TinyTraining.data(),
        tuner.outputDir(directory.resolve(name)).build());
  }
}
