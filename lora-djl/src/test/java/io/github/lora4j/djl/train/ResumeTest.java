// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.AdaLoraConfig;
import io.github.lora4j.CausalLm;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.LoadOptions;
import io.github.lora4j.LoraModel;
import io.github.lora4j.djl.model.LiveArrays;
import io.github.lora4j.optim.PagedAdamW;
import io.github.lora4j.quant.Quantization;
import io.github.lora4j.train.EvaluationReport;
import io.github.lora4j.train.FineTuner;
import io.github.lora4j.train.FineTunerBuilder;
import io.github.lora4j.train.FineTuningListener;
import io.github.lora4j.train.FineTuningResult;
import io.github.lora4j.train.LearningRateSchedule;
import io.github.lora4j.train.LisaConfig;
import io.github.lora4j.train.StepReport;
import io.github.lora4j.train.StopReason;
import io.github.lora4j.train.StopSignal;
import io.github.lora4j.train.TrainableModules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A run that was interrupted and gone on with is, bit for bit, one that never was. */
class ResumeTest {
  @TempDir Path directory;

  /**
   * What is run, and how.
   *
   * @param base a fresh base
   * @param adapt puts a fresh adapter on it, if there is to be one
   * @param tuner the options, with a fresh optimizer, without a directory
   */
  private record Setting(
      Supplier<CausalLm> base, UnaryOperator<CausalLm> adapt, Supplier<FineTunerBuilder> tuner) {
    FineTuningResult run(
        UnaryOperator<FineTunerBuilder> also,
        BiFunction<FineTuner, CausalLm, FineTuningResult> how) {
      try (CausalLm fresh = base.get();
          CausalLm model = adapt.apply(fresh)) {
        return how.apply(also.apply(tuner.get()).build(), model);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5})
  void dropoutAndAccumulation(int stop) throws IOException {
    assertResumes(
        new Setting(
            TinyTraining::llama,
            base -> TinyTraining.wrap(base, 0.3),
            () ->
                TinyTraining.tuner()
                    .batchSize(1)
                    .gradientAccumulation(2)
                    .epochs(2)
                    .schedule(LearningRateSchedule.COSINE)
                    .warmupSteps(2)),
        stop);
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 32})
  void pagedState(int bits) throws IOException {
    List<PagedAdamW> optimizers = new ArrayList<>();
    assertResumes(
        new Setting(
            TinyTraining::llama,
            base -> {
              base.train(TrainableModules.all());
              return base;
            },
            () -> {
              PagedAdamW paged =
                  PagedAdamW.builder()
                      .bits(bits)
                      .learningRate(5e-3f)
                      .pageSize(4096)
                      .residentBudget(8192)
                      .build();
              optimizers.add(paged);
              return FineTuner.builder().silent().batchSize(2).maxSteps(6).optimizer(paged);
            }),
        4);
    optimizers.forEach(PagedAdamW::close);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 5})
  void lisa(int stop) throws IOException {
    assertResumes(lisa(LoadOptions.defaults()), stop);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 5})
  void lisaOverFourBits(int stop) throws IOException {
    assertResumes(
        lisa(LoadOptions.builder().quantization(Quantization.nf4().doubleQuantization()).build()),
        stop);
  }

  private static Setting lisa(LoadOptions options) {
    return new Setting(
        () -> HuggingFaceModel.load(TinyTraining.LLAMA, options),
        base -> base,
        () ->
            TinyTraining.tuner()
                .batchSize(2)
                .maxSteps(9)
                .lisa(LisaConfig.activeLayers(1).interval(2).seed(3)));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 8})
  void adaLora(int stop) throws IOException {
    AdaLoraConfig config =
        AdaLoraConfig.builder()
            .initialRank(5)
            .targetRank(3)
            .tinit(2)
            .tfinal(3)
            .alpha(8)
            .dropout(0.1)
            .targetModules("q_proj", "v_proj", "down_proj")
            .build();
    assertResumes(
        new Setting(
            TinyTraining::llama,
            base -> {
              base.getNDManager().getEngine().setRandomSeed(7);
              return LoraModel.wrap(base, config);
            },
            () -> TinyTraining.tuner().batchSize(2).maxSteps(10)),
        stop);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 5, 7})
  void evaluationKeepingTheBest(int stop) throws IOException {
    assertResumes(
        new Setting(
            TinyTraining::llama,
            base -> TinyTraining.wrap(base, 0),
            () ->
                TinyTraining.tuner()
                    .learningRate(0.05f)
                    .batchSize(2)
                    .maxSteps(9)
                    .evaluationFraction(0.4)
                    .evaluationInterval(1)
                    .keepBest(true)
                    .earlyStoppingPatience(6)),
        stop);
  }

  /** Stops after a step, goes on with a fresh model, and compares with one that was let run. */
  private void assertResumes(Setting setting, int stop) throws IOException {
    Path whole = directory.resolve("whole");
    Path parts = directory.resolve("parts");
    FineTuningResult expected =
        setting.run(
            tuner -> tuner.outputDir(whole),
            (tuner, model) -> tuner.fit(model, TinyTraining.data()));
    StopSignal signal = new StopSignal();
    FineTuningResult first =
        setting.run(
            tuner ->
                tuner
                    .outputDir(parts)
                    .stopSignal(signal)
                    .listener(afterStep(stop, signal::request)),
            (tuner, model) -> tuner.fit(model, TinyTraining.data()));
    assertEquals(StopReason.STOPPED_BY_SIGNAL, first.stopReason());
    assertEquals(stop, first.steps());
    List<Integer> seen = new ArrayList<>();
    FineTuningResult resumed =
        setting.run(
            tuner -> tuner.outputDir(parts).checkpointEverySteps(2).listener(watcher(seen)),
            ResumeTest::resume);
    assertEquals(stop + 1, seen.get(0));
    assertEquals(numbers(expected), numbers(resumed));
    assertEquals(
        expected.evaluations().stream().map(EvaluationReport::toString).toList(),
        resumed.evaluations().stream().map(EvaluationReport::toString).toList());
    assertEquals(expected.stopReason(), resumed.stopReason());
    assertEquals(expected.trainedTokens(), resumed.trainedTokens());
    assertSameFiles(whole, parts);
    assertEquals(
        Files.readAllLines(whole.resolve("metrics.csv")).size(),
        Files.readAllLines(parts.resolve("metrics.csv")).size());
  }

  private static FineTuningListener watcher(List<Integer> seen) {
    return new FineTuningListener() {
      @Override
      public void onStep(StepReport report) {
        seen.add(report.step());
      }
    };
  }

  private static FineTuningResult resume(FineTuner tuner, CausalLm model) {
    try (LiveArrays arrays = new LiveArrays()) {
      FineTuningResult result = tuner.resume(model, TinyTraining.data());
      if (tuner.options().optimizer().isEmpty() && tuner.options().lisa().isEmpty()) {
        assertEquals(0, arrays.count());
      }
      return result;
    }
  }

  private static List<List<Number>> numbers(FineTuningResult result) {
    return result.stepReports().stream()
        .map(
            report ->
                List.<Number>of(
                    report.step(),
                    report.loss(),
                    report.learningRate(),
                    report.gradientNorm(),
                    report.tokens()))
        .toList();
  }

  static FineTuningListener afterStep(int step, Runnable todo) {
    return new FineTuningListener() {
      @Override
      public void onStep(StepReport report) {
        if (report.step() == step) {
          todo.run();
        }
      }
    };
  }

  /** The results; reports have times in them. */
  static void assertSameFiles(Path expected, Path actual) throws IOException {
    Map<String, byte[]> files = files(expected);
    assertTrue(files.size() >= 2, files.keySet()::toString);
    assertEquals(files.keySet(), files(actual).keySet());
    for (Map.Entry<String, byte[]> file : files(actual).entrySet()) {
      assertArrayEquals(files.get(file.getKey()), file.getValue(), file.getKey());
    }
  }

  private static Map<String, byte[]> files(Path directory) throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    try (Stream<Path> all = Files.list(directory)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        String name = file.getFileName().toString();
        assertFalse(name.startsWith("."), name);
        if (!name.equals("report.html") && !name.equals("metrics.csv")) {
          files.put(name, Files.readAllBytes(file));
        }
      }
    }
    return files;
  }
}
