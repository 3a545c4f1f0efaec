package io.github.lora4j.examples.benchmark;

import io.github.lora4j.djl.model.DecoderModel;
import io.github.lora4j.djl.nn.ModuleSlot;
import io.github.lora4j.djl.nn.RaggedBatch;
import io.github.lora4j.djl.train.GradientEngine;
import io.github.lora4j.djl.train.ParameterUpdates;
import io.github.lora4j.target.AdaptableModule;
import io.github.lora4j.train.AdamW;
import io.github.lora4j.train.CausalLmLoss;
import io.github.lora4j.train.GradientCheckpointing;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What a training step costs: forward, backward and AdamW on random tokens. */
@Command(
    name = "train",
    description = "Time training steps of a llama shape with random weights.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class TrainBenchmark implements Callable<Integer> {
  private static final int WARM_UP = 3;

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
  private int[] lengths = {};

  @Option(
      names = "--checkpointing",
      defaultValue = "none",
      description = "none, layer, sqrt, or a number of layers.")
  private String checkpointing = "none";

  @Option(names = "--steps", defaultValue = "15", description = "Steps that count.")
  private int steps;

  private TrainBenchmark() {}

  @Override
  public Integer call() {
    int[] rows =
        lengths.length == 0 ? IntStream.range(0, batch).map(i -> sequence).toArray() : lengths;
    int longest = Arrays.stream(rows).max().orElse(1);
    try (BenchmarkModel model = BenchmarkModel.of(shape, Math.max(longest, 2))) {
      measure(model.model(), rows);
    }
    return 0;
  }

  private void measure(DecoderModel model, int[] rows) {
    GradientCheckpointing mode = checkpointing();
    RaggedBatch tokens = randomTokens(rows);
    long[] labels = new long[tokens.paddedRows() * tokens.paddedColumns()];
    Arrays.fill(labels, CausalLmLoss.IGNORED_LABEL);
    for (int i = 0; i < tokens.size(); i++) {
      labels[tokens.cells()[i]] = tokens.tokenIds()[i];
    }
    List<Double> seconds = new ArrayList<>();
    GradientEngine engine = new GradientEngine(model.decoder(), mode, 0);
    double weight = 1.0 / GradientEngine.countTargets(tokens, labels);
    try (AdamW optimizer = AdamW.builder().build();
        MatrixRate rate = new MatrixRate(model.getNDManager(), linears(model), tokens.size())) {
      for (int step = -WARM_UP; step < steps; step++) {
        long begin = System.nanoTime();
        engine.accumulate(model.getNDManager(), tokens, labels, weight);
        ParameterUpdates.step(engine, optimizer);
        if (step >= 0) {
          seconds.add((System.nanoTime() - begin) / 1e9);
          rate.sample();
        }
      }
      report(rows, mode, Median.of(seconds), rate.gigaflopsPerSecond());
    }
  }

  private RaggedBatch randomTokens(int[] rows) {
    Random random = new Random(1);
    return RaggedBatch.of(
        Arrays.stream(rows).mapToObj(n -> random.ints(n, 0, shape.vocabulary).toArray()).toList());
  }

  private static List<AdaptableModule> linears(DecoderModel model) {
    return model.decoder().modules().stream()
        .map(ModuleSlot::module)
        .filter(module -> module.kind() == AdaptableModule.Kind.LINEAR)
        .toList();
  }

  private void report(int[] rows, GradientCheckpointing mode, double step, double rate) {
    int tokens = Arrays.stream(rows).sum();
    int segment = mode.segmentLayers(shape.layers);
    int last = shape.layers % segment == 0 ? segment : shape.layers % segment;
    double work =
        new StepArithmetic(
                tokens,
                Arrays.stream(rows).mapToDouble(n -> (double) n * n).sum(),
                shape,
                shape.rank > 0 && shape.targets.equals("all-linear"),
                shape.layers - last)
            .gigaflop();
    Figures figures = new Figures(spec.commandLine().getOut());
    figures.print("step_seconds", step, "s (median)");
    figures.print("tokens_per_second", tokens / step, "tokens/s");
    figures.print("peak_resident_mib", PeakMemory.mebibytes(), "MiB");
    figures.print("matmul_gflops", rate, "GFLOP/s (median, same process, same shapes)");
    figures.print("step_gflop", work, "GFLOP");
    figures.print("efficiency", work / rate / step, "of the matrix products' own time");
  }

  private GradientCheckpointing checkpointing() {
    return switch (checkpointing) {
      case "none" -> GradientCheckpointing.none();
      case "layer" -> GradientCheckpointing.everyLayer();
      case "sqrt" -> GradientCheckpointing.squareRoot();
      default -> GradientCheckpointing.every(Integer.parseInt(checkpointing));
    };
  }
}
