// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.benchmark;

import io.github.lora4j.ConfigurationException;
import io.github.lora4j.djl.kernel.LinearProducts;
import io.github.lora4j.djl.kernel.TorchOps;
import io.github.lora4j.djl.model.DecoderModel;
import io.github.lora4j.examples.loading.CheckpointingWord;
import io.github.lora4j.plan.MemoryPlan;
import io.github.lora4j.train.GradientCheckpointing;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * What a training step costs: forward, backward and AdamW on random tokens, held against the rate
 * of the machine's matrix products, which is measured between the steps.
 */
@Command(
    name = "train",
    description = "Time training steps of a llama shape with random weights.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class TrainBenchmark implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private ShapeOptions shape = new ShapeOptions();

  @Option(names = "--seq", defaultValue = "256", description = "Tokens of a sequence.")
  private int sequence;

  @Option(names = "--batch", defaultValue = "4", description = "Sequences of a step.")
  private int batch;

  @Option(
      names = "--lengths",
      split = ",",
      description = "Lengths of the sequences, instead of --batch of --seq tokens.")
  private List<Integer> lengths = List.of();

  @Option(
      names = "--checkpointing",
      description =
          "none, layer, sqrt, or the number of layers of a segment; none by default, layer over a"
              + " quantised base.")
  private Optional<String> checkpointing = Optional.empty();

  @Option(names = "--warm-up", defaultValue = "3", description = "Steps before those that count.")
  private int warmUp;

  @Option(
      names = "--steps",
      defaultValue = "15",
      description = "Steps that count; 0 to measure memory alone.")
  private int steps;

  private TrainBenchmark() {}

  @Override
  public Integer call() {
    ShapeOptions.requirePositive("--seq", sequence);
    ShapeOptions.requirePositive("--batch", batch);
    ShapeOptions.requirePositive("--warm-up", warmUp);
    ShapeOptions.requireAtLeast("--steps", 0, steps);
    lengths.forEach(length -> ShapeOptions.requirePositive("--lengths", length));
    List<Integer> rows = lengths.isEmpty() ? Collections.nCopies(batch, sequence) : lengths;
    Optional<GradientCheckpointing> chosen = checkpointing.map(TrainBenchmark::mode);
    MemoryPlan plan = BenchmarkPlan.of(shape, rows, chosen);
    try (BenchmarkModel model = BenchmarkModel.of(shape, Collections.max(rows));
        TrainingStep step =
            new TrainingStep(
                model.model(), rows, chosen.orElse(model.model().gradientCheckpointing()))) {
      measure(model.model(), step, plan);
    }
    return 0;
  }

  private void measure(DecoderModel model, TrainingStep step, MemoryPlan plan) {
    for (int i = 0; i < warmUp; i++) {
      step.warmUp();
    }
    // Before the products are timed, which need memory of their own.
    reportMemory(PeakMemory.mebibytes(), plan.need().total() / (double) (1 << 20));
    if (steps > 0) {
      time(model, step);
    }
  }

  private void time(DecoderModel model, TrainingStep step) {
    StepArithmetic arithmetic = step.arithmetic();
    TorchOps ops = model.decoder().ops();
    MatrixRate rate = rate(model, ops.linearProducts(), arithmetic);
    MatrixRate plain = rate(model, LinearProducts.libtorch(ops), arithmetic);
    rate.sample();
    plain.sample();
    for (int i = 0; i < steps; i++) {
      step.sample();
      rate.sample();
      plain.sample();
    }
    report(step, arithmetic, rate, plain);
  }

  private static MatrixRate rate(
      DecoderModel model, LinearProducts operators, StepArithmetic arithmetic) {
    return new MatrixRate(model.getNDManager(), operators, arithmetic.products());
  }

  private void reportMemory(double peak, double planned) {
    Figures figures = new Figures(spec.commandLine().getOut());
    figures.print("peak_resident_mib", peak, "MiB");
    figures.print("planned_mib", planned, "MiB (the memory planner's)");
    figures.print("planned_ratio", planned / peak, "of what was taken");
  }

  private void report(
      TrainingStep step, StepArithmetic arithmetic, MatrixRate rate, MatrixRate plain) {
    double median = Samples.median(step.seconds());
    double best = Samples.least(step.seconds());
    double gigaflop = arithmetic.flop() / 1e9;
    Figures figures = new Figures(spec.commandLine().getOut());
    figures.print("step_seconds", median, "s (median)");
    figures.print("step_seconds_best", best, "s");
    figures.print("tokens_per_second", step.tokens() / median, "tokens/s");
    figures.print("matmul_gflops", rate.median(), "GFLOP/s (median, same process and shapes)");
    figures.print("matmul_gflops_best", rate.best(), "GFLOP/s");
    figures.print("plain_gflops", plain.median(), "GFLOP/s (median, the engine's own linear)");
    figures.print("step_gflop", gigaflop, "GFLOP");
    figures.print("step_gflop_base", arithmetic.baseFlop() / 1e9, "GFLOP of it, base weights");
    figures.print("step_gflop_adapter", arithmetic.adapterFlop() / 1e9, "GFLOP of it, adapters");
    figures.print("step_gflop_attention", arithmetic.attentionFlop() / 1e9, "GFLOP of it, scores");
    figures.print("efficiency", gigaflop / rate.median() / median, "of the products' own time");
    figures.print("efficiency_best", gigaflop / rate.best() / best, "best step, best products");
  }

  private static GradientCheckpointing mode(String checkpointing) {
    return CheckpointingWord.parse(checkpointing)
        .orElseThrow(
            () ->
                new ConfigurationException(
                    "--checkpointing: expected none, layer, sqrt or a number of layers, found "
                        + checkpointing));
  }
}
