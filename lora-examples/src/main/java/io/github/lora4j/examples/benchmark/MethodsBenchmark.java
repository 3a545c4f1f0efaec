// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.benchmark;

import io.github.lora4j.CausalLm;
import io.github.lora4j.data.InstructionDataset;
import io.github.lora4j.djl.model.DecoderModel;
import io.github.lora4j.train.FineTuner;
import io.github.lora4j.train.FineTunerBuilder;
import io.github.lora4j.train.FineTuningResult;
import io.github.lora4j.train.LisaConfig;
import io.github.lora4j.train.TrainableModules;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * What a step of a method costs in time and memory; one method a process, for the memory's sake.
 */
@Command(
    name = "methods",
    description = "Time steps of one way to fine-tune a llama shape with random weights.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class MethodsBenchmark implements Callable<Integer> {
  /** The ways to fine-tune. */
  private enum Method {
    lora,
    full,
    lisa
  }

  private static final int WARM_UP = 3;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(names = "--method", required = true, description = "${COMPLETION-CANDIDATES}")
  private Method method = Method.lora;

  @Mixin private ShapeOptions shape = new ShapeOptions();

  @Option(names = "--seq", defaultValue = "256", description = "Tokens of a sequence.")
  private int sequence;

  @Option(names = "--batch", defaultValue = "4", description = "Sequences of a step.")
  private int batch;

  @Option(
      names = "--active",
      defaultValue = "2",
      description = "Layers that LISA trains at a time.")
  private int active;

  @Option(
      names = "--interval",
      defaultValue = "5",
      description = "Steps after which LISA draws other layers.")
  private int interval;

  @Option(names = "--no-embeddings", description = "LISA trains neither embedding nor head.")
  private boolean noEmbeddings;

  @Option(
      names = "--steps",
      defaultValue = "20",
      description = "Steps; the first three do not count.")
  private int steps;

  private MethodsBenchmark() {}

  @Override
  public Integer call() {
    ShapeOptions.requireAtLeast("--seq", 3, sequence);
    ShapeOptions.requirePositive("--batch", batch);
    ShapeOptions.requireAtLeast("--steps", WARM_UP + 1, steps);
    shape.rank = method == Method.lora ? shape.rank : 0;
    InstructionDataset rows = RandomRows.of(batch, sequence, shape.vocabulary(), 1);
    try (BenchmarkModel model = BenchmarkModel.of(shape, sequence)) {
      DecoderModel trained = model.model();
      if (method == Method.full) {
        ((CausalLm) trained).train(TrainableModules.all());
      }
      report(tuner().build().fit(trained, rows));
    }
    return 0;
  }

  private FineTunerBuilder tuner() {
    FineTunerBuilder tuner = FineTuner.builder().silent().batchSize(batch).maxSteps(steps);
    return method == Method.lisa
        ? tuner.lisa(
            LisaConfig.activeLayers(active).interval(interval).trainEmbeddings(!noEmbeddings))
        : tuner;
  }

  private void report(FineTuningResult result) {
    List<Double> seconds =
        result.stepReports().stream()
            .skip(WARM_UP)
            .map(step -> step.tokens() / step.tokensPerSecond())
            .toList();
    Figures figures = new Figures(spec.commandLine().getOut());
    figures.print("step_seconds", Samples.median(seconds), "s (median)");
    figures.print("step_seconds_best", Samples.least(seconds), "s");
    figures.print("peak_resident_mib", PeakMemory.mebibytes(), "MiB");
  }
}
