// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.benchmark;

import io.github.lora4j.train.GradientCheckpointing;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * What padding costs: a step on one long sequence alone, and one on the same with short ones beside
 * it, which padding would make as long. Steps of both kinds alternate.
 */
@Command(
    name = "padding",
    description = "Time a step on a long sequence with and without short ones beside it.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class PaddingBenchmark implements Callable<Integer> {
  private static final int WARM_UP = 3;

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private ShapeOptions shape = new ShapeOptions();

  @Option(names = "--long", defaultValue = "512", description = "Tokens of the long sequence.")
  private int longLength;

  @Option(names = "--short", defaultValue = "16", description = "Tokens of a short sequence.")
  private int shortLength;

  @Option(names = "--count", defaultValue = "7", description = "Short sequences.")
  private int count;

  @Option(names = "--steps", defaultValue = "15", description = "Steps of each kind that count.")
  private int steps;

  private PaddingBenchmark() {}

  @Override
  public Integer call() {
    ShapeOptions.requirePositive("--long", longLength);
    ShapeOptions.requirePositive("--short", shortLength);
    ShapeOptions.requirePositive("--count", count);
    ShapeOptions.requirePositive("--steps", steps);
    List<Integer> mixedLengths = new ArrayList<>(List.of(longLength));
    mixedLengths.addAll(Collections.nCopies(count, shortLength));
    GradientCheckpointing none = GradientCheckpointing.none();
    try (BenchmarkModel model = BenchmarkModel.of(shape, Math.max(longLength, shortLength));
        TrainingStep alone = new TrainingStep(model.model(), List.of(longLength), none);
        TrainingStep mixed = new TrainingStep(model.model(), mixedLengths, none)) {
      measure(alone, mixed);
    }
    return 0;
  }

  private void measure(TrainingStep alone, TrainingStep mixed) {
    for (int i = 0; i < WARM_UP; i++) {
      alone.warmUp();
      mixed.warmUp();
    }
    for (int i = 0; i < steps; i++) {
      alone.sample();
      mixed.sample();
    }
    report(alone, mixed);
  }

  private void report(TrainingStep alone, TrainingStep mixed) {
    double aloneSeconds = Samples.median(alone.seconds());
    double mixedSeconds = Samples.median(mixed.seconds());
    int padded = Math.max(longLength, shortLength) * (count + 1);
    Figures figures = new Figures(spec.commandLine().getOut());
    figures.print("alone_tokens", alone.tokens(), "tokens");
    figures.print("alone_step_seconds", aloneSeconds, "s (median)");
    figures.print("mixed_tokens", mixed.tokens(), "tokens");
    figures.print("mixed_step_seconds", mixedSeconds, "s (median)");
    figures.print("padding_cost", mixedSeconds / aloneSeconds, "times the long sequence alone");
    figures.print(
        "arithmetic_cost",
        mixed.arithmetic().flop() / alone.arithmetic().flop(),
        "times its arithmetic, by the real tokens");
    figures.print(
        "padded_tokens_ratio", (double) padded / alone.tokens(), "times its tokens, if padded");
  }
}
