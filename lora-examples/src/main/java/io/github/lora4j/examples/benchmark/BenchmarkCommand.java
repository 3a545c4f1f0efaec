// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.benchmark;

import io.github.lora4j.examples.benchmark.choosing.ChoosingBenchmark;
import picocli.CommandLine.Command;

/** Measures this library on this machine. */
@Command(
    name = "benchmark",
    description = "Measure this library on this machine.",
    mixinStandardHelpOptions = true,
    subcommands = {
      TrainBenchmark.class,
      GenerateBenchmark.class,
      PaddingBenchmark.class,
      MethodsBenchmark.class,
      MultiBenchmark.class,
      ServeBenchmark.class,
      ChoosingBenchmark.class,
      KernelsBenchmark.class
    })
public final class BenchmarkCommand {
  /** Made by picocli. */
  public BenchmarkCommand() {}
}
