// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.benchmark;

import ai.djl.nn.Parameter;
import ai.djl.util.Pair;
import io.github.lora4j.djl.generate.CachedSession;
import io.github.lora4j.djl.model.DecoderModel;
import io.github.lora4j.djl.nn.QuantizedLinear;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What a token costs: greedy decoding of one sequence, the adapter apart. */
@Command(
    name = "generate",
    description = "Time greedy decoding of a llama shape with random weights.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class GenerateBenchmark implements Callable<Integer> {
  private static final int WARM_UP = 16;
  private static final int TOKENS_A_SAMPLE = 8;

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private ShapeOptions shape = new ShapeOptions();

  @Option(names = "--prompt", defaultValue = "32", description = "Tokens of the prompt.")
  private int prompt;

  @Option(names = "--tokens", defaultValue = "256", description = "Tokens that count.")
  private int tokens;

  private GenerateBenchmark() {}

  @Override
  public Integer call() {
    ShapeOptions.requirePositive("--prompt", prompt);
    ShapeOptions.requirePositive("--tokens", tokens);
    int longest = prompt + tokens + WARM_UP + 1;
    try (BenchmarkModel model = BenchmarkModel.of(shape, longest)) {
      measure(model.model());
    }
    return 0;
  }

  private void measure(DecoderModel model) {
    List<Double> seconds = new ArrayList<>();
    try (MemoryBandwidth bandwidth = new MemoryBandwidth(model.getNDManager());
        CachedSession session = new CachedSession(model.decoder(), model.getNDManager())) {
      session.prefill(List.of(new Random(1).ints(prompt, 0, shape.vocabulary()).toArray()));
      int[] token = {1};
      for (int i = -WARM_UP; i < tokens; i++) {
        long begin = System.nanoTime();
        token = session.decodeGreedy(token);
        if (i >= 0) {
          seconds.add((System.nanoTime() - begin) / 1e9);
        }
        if (i % TOKENS_A_SAMPLE == 0) {
          bandwidth.sample();
        }
      }
      report(seconds, bandwidth, bytesOfAToken(model));
    }
  }

  /** Every weight is read once, but for the embedding, of which it is one row. */
  private static double bytesOfAToken(DecoderModel model) {
    double bytes = 0;
    String embedding = model.decoder().embedding().name() + ".";
    for (Pair<String, Parameter> pair : model.decoder().parameters()) {
      if (!pair.getKey().startsWith(embedding)) {
        bytes += 4.0 * pair.getValue().getShape().size();
      }
    }
    for (QuantizedLinear linear : model.decoder().quantized().values()) {
      bytes += linear.tensor().sizeInBytes();
    }
    return bytes;
  }

  private void report(List<Double> seconds, MemoryBandwidth bandwidth, double bytes) {
    double median = Samples.median(seconds);
    double best = Samples.least(seconds);
    Figures figures = new Figures(spec.commandLine().getOut());
    figures.print("token_milliseconds", 1e3 * median, "ms (median)");
    figures.print("token_milliseconds_best", 1e3 * best, "ms");
    figures.print("tokens_per_second", 1 / median, "tokens/s");
    figures.print("peak_resident_mib", PeakMemory.mebibytes(), "MiB");
    figures.print("bandwidth_gbs", bandwidth.median(), "GB/s read (median, same process)");
    figures.print("bandwidth_gbs_best", bandwidth.best(), "GB/s read");
    figures.print("token_megabytes", bytes / 1e6, "MB of weights a token");
    double gigabytes = bytes / 1e9;
    figures.print(
        "efficiency", gigabytes / bandwidth.median() / median, "of the memory's own time");
    figures.print(
        "efficiency_best", gigabytes / bandwidth.best() / best, "best token, best memory");
  }
}
