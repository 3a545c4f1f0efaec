// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.benchmark.choosing;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The ways to fine-tune on one task, each in a process of its own: a table and a picture. */
@Command(
    name = "choosing",
    description =
        "Hold the ways to fine-tune against each other: the bundled model, one task, equal steps.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    subcommands = MethodRun.class)
public final class ChoosingBenchmark implements Callable<Integer> {
  /** What a method's own rate is multiplied by. */
  private static final List<Float> TUNED = List.of(0.25f, 0.5f, 1f, 2f, 4f);

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--methods",
      split = ",",
      description =
          "Which methods; all by default: lora, qlora, dora, adalora, lisa, full, prompt.")
  private List<String> methods = List.of();

  @Option(
      names = "--steps",
      defaultValue = "200",
      description = "Steps of 8 records; ${DEFAULT-VALUE} by default.")
  private int steps;

  @Option(
      names = "--seed",
      defaultValue = "42",
      description = "Seed of everything random; ${DEFAULT-VALUE} by default.")
  private long seed;

  @Option(
      names = "--output",
      paramLabel = "DIR",
      defaultValue = "lora4j-choosing",
      description = "Where the data and the picture are written; ${DEFAULT-VALUE} by default.")
  private Path output = Path.of("lora4j-choosing");

  @Option(
      names = "--tune",
      description =
          "Instead: try a quarter, half, two and four times each method's learning rate, judged by"
              + " a tenth of the training data.")
  private boolean tune;

  private ChoosingBenchmark() {}

  @Override
  public Integer call() {
    List<Method> chosen =
        methods.isEmpty() ? Method.ALL : methods.stream().map(Method::named).toList();
    if (tune) {
      chosen.forEach(this::tune);
    } else {
      compare(chosen);
    }
    return 0;
  }

  private void compare(List<Method> chosen) {
    PrintWriter out = spec.commandLine().getOut();
    List<MethodFigures> rows = new ArrayList<>();
    out.println(FiguresTable.HEAD);
    for (Method method : chosen) {
      MethodFigures figures = run(method, method.learningRate(), List.of());
      rows.add(figures);
      out.println(FiguresTable.row(figures, method.learningRate()));
      out.flush();
    }
    Path picture = output.resolve("choosing.png");
    LossChart.write(rows, picture);
    out.println("picture: " + picture);
  }

  private void tune(Method method) {
    PrintWriter out = spec.commandLine().getOut();
    for (float factor : TUNED) {
      float rate = factor * method.learningRate();
      double loss = run(method, rate, List.of("--validate")).finalLoss();
      out.printf(Locale.ROOT, "%-8s learning rate %.2e  loss %.5f%n", method.name(), rate, loss);
      out.flush();
    }
  }

  private MethodFigures run(Method method, float rate, List<String> more) {
    List<String> arguments = new ArrayList<>(List.of("benchmark", "choosing", "run"));
    arguments.addAll(List.of("--method", method.name(), "--learning-rate", Float.toString(rate)));
    arguments.addAll(List.of("--steps", Integer.toString(steps), "--seed", Long.toString(seed)));
    arguments.addAll(List.of("--data", output.toString()));
    arguments.addAll(more);
    return MethodFigures.parse(method.name(), ChildProcess.run(arguments));
  }
}
