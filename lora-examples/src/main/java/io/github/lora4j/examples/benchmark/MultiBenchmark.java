// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.benchmark;

import io.github.lora4j.LoraConfig;
import io.github.lora4j.LoraModel;
import io.github.lora4j.djl.model.DecoderModel;
import io.github.lora4j.train.FineTuner;
import io.github.lora4j.train.FineTunerBuilder;
import io.github.lora4j.train.multi.JobResult;
import io.github.lora4j.train.multi.MultiLoraJob;
import io.github.lora4j.train.multi.MultiLoraTrainer;
import io.github.lora4j.train.multi.MultiLoraTrainerBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * What several small jobs gain by sharing their forward passes (m-LoRA), held against the same jobs
 * one after the other. Both are timed by turns, for a shared machine is not equally fast all day.
 */
@Command(
    name = "multi",
    description = "Time several fine-tunings in fused steps, and one after the other.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class MultiBenchmark implements Callable<Integer> {
  private static final int WARM_UP = 2;

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private ShapeOptions shape = new ShapeOptions();

  @Option(names = "--jobs", defaultValue = "8", description = "Jobs, one sequence a step each.")
  private int jobs;

  @Option(names = "--seq", defaultValue = "64", description = "Tokens of a sequence.")
  private int sequence;

  @Option(
      names = "--steps",
      defaultValue = "8",
      description = "Steps of a job in a round; the first two do not count.")
  private int steps;

  @Option(names = "--rounds", defaultValue = "3", description = "How often both are timed.")
  private int rounds;

  private final List<Double> alone = new ArrayList<>();
  private final List<Double> fused = new ArrayList<>();
  private double aloneProcessor;
  private double fusedProcessor;

  private MultiBenchmark() {}

  @Override
  public Integer call() throws IOException {
    ShapeOptions.requirePositive("--jobs", jobs);
    ShapeOptions.requireAtLeast("--seq", 3, sequence);
    ShapeOptions.requireAtLeast("--steps", WARM_UP + 1, steps);
    ShapeOptions.requirePositive("--rounds", rounds);
    LoraConfig adapter = shape.adapter();
    shape.rank = 0;
    Path directory = Files.createTempDirectory("multi-benchmark");
    try (BenchmarkModel model = BenchmarkModel.of(shape, sequence)) {
      measure(model.model(), adapter, directory);
    } finally {
      delete(directory);
    }
    return 0;
  }

  private void measure(DecoderModel base, LoraConfig adapter, Path directory) {
    double peakAlone = Double.NaN;
    for (int round = 0; round < rounds; round++) {
      for (int job = 0; job < jobs; job++) {
        alone(base, adapter, job);
      }
      if (round == 0) {
        peakAlone = PeakMemory.mebibytes();
      }
      fused(base, adapter, directory);
    }
    report(peakAlone, PeakMemory.mebibytes());
  }

  private void alone(DecoderModel base, LoraConfig adapter, int job) {
    StepClock clock = new StepClock(WARM_UP);
    try (LoraModel model = LoraModel.wrap(base, adapter)) {
      FineTuner tuner =
          FineTuner.builder().silent().batchSize(1).maxSteps(steps).listener(clock).build();
      tuner.fit(model, RandomRows.of(1, sequence, shape.vocabulary(), job));
    }
    alone.addAll(clock.seconds());
    aloneProcessor += sum(clock.processorSeconds());
  }

  private void fused(DecoderModel base, LoraConfig adapter, Path directory) {
    StepClock clock = new StepClock(WARM_UP);
    MultiLoraTrainerBuilder trainer = MultiLoraTrainer.builder().maxTokensPerStep(jobs * sequence);
    for (int job = 0; job < jobs; job++) {
      trainer.job(job(adapter, directory, job, clock));
    }
    for (JobResult result : trainer.build().fit(base)) {
      result.failure().ifPresent(MultiBenchmark::rethrow);
    }
    fused.addAll(clock.seconds());
    fusedProcessor += sum(clock.processorSeconds());
  }

  /** The clock follows the first job; from one of its steps to the next all jobs make one. */
  private MultiLoraJob job(LoraConfig adapter, Path directory, int job, StepClock clock) {
    FineTunerBuilder tuner =
        FineTuner.builder()
            .silent()
            .batchSize(1)
            .maxSteps(steps)
            .outputDir(directory.resolve("job" + job));
    return MultiLoraJob.of(
        "job" + job,
        adapter,
        RandomRows.of(1, sequence, shape.vocabulary(), job),
        (job == 0 ? tuner.listener(clock) : tuner).build());
  }

  private static double sum(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).sum();
  }

  private static void rethrow(RuntimeException failure) {
    throw failure;
  }

  private void report(double peakAlone, double peakBoth) {
    double aloneRate = sequence / Samples.median(alone);
    double fusedRate = jobs * sequence / Samples.median(fused);
    Figures figures = new Figures(spec.commandLine().getOut());
    figures.print("alone_tokens_per_second", aloneRate, "tokens/s, one job after the other");
    figures.print("fused_tokens_per_second", fusedRate, "tokens/s, all jobs in one step");
    figures.print("speedup", fusedRate / aloneRate, "times");
    figures.print(
        "speedup_processor", aloneProcessor / fusedProcessor, "times, in processor seconds");
    figures.print("alone_peak_resident_mib", peakAlone, "MiB, one job at a time");
    figures.print("fused_peak_resident_mib", peakBoth, "MiB, all jobs");
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
