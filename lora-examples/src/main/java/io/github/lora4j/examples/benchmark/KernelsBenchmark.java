// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.benchmark;

import io.github.lora4j.examples.benchmark.kernels.Kernels;
import java.util.Collection;
import java.util.concurrent.Callable;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Times quantisation, dequantisation and products with one vector by JMH. */
@Command(
    name = "kernels",
    description = "Time single kernels by JMH: quantisation, dequantisation, products.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class KernelsBenchmark implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(names = "--size", defaultValue = "4096", description = "Rows and columns of the weight.")
  private int size;

  @Option(names = "--seconds", defaultValue = "2", description = "Seconds a kernel.")
  private int seconds;

  @Option(
      names = "--only",
      defaultValue = "",
      description = "A regular expression that a kernel's name must contain.")
  private String only = "";

  private KernelsBenchmark() {}

  @Override
  public Integer call() throws RunnerException {
    ShapeOptions.requirePositive("--size", size);
    ShapeOptions.requirePositive("--seconds", seconds);
    Collection<RunResult> results =
        new Runner(
                new OptionsBuilder()
                    .include(Kernels.class.getName() + "\\..*" + only)
                    .param("size", Integer.toString(size))
                    .forks(1)
                    .warmupIterations(1)
                    .warmupTime(TimeValue.seconds(1))
                    .measurementIterations(1)
                    .measurementTime(TimeValue.seconds(seconds))
                    .verbosity(VerboseMode.SILENT)
                    .build())
            .run();
    report(results);
    return 0;
  }

  private void report(Collection<RunResult> results) {
    Figures figures = new Figures(spec.commandLine().getOut());
    figures.title("median microseconds, and float32 values of the weight a second");
    for (RunResult result : results) {
      double median = result.getPrimaryResult().getStatistics().getPercentile(50);
      String kernel = result.getPrimaryResult().getLabel();
      figures.print(kernel, median, "us");
      figures.print("  " + kernel, (double) size * size / median / 1e3, "billion values/s");
    }
  }
}
