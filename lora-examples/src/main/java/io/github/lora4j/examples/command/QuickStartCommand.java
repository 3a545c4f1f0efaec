package io.github.lora4j.examples.command;

import io.github.lora4j.examples.loading.QuantizationOptions;
import io.github.lora4j.examples.quickstart.QuickStart;
import io.github.lora4j.examples.quickstart.QuickStartOptions;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Runs the quick start. */
@Command(
    name = "quickstart",
    description =
        "Fine-tune a small bundled model, judge it, save, reload and merge: all in about a minute,"
            + " without a network.")
public final class QuickStartCommand implements Runnable {
  @Option(
      names = "--output",
      paramLabel = "DIR",
      defaultValue = "lora4j-quickstart",
      description = "Where everything is written; ${DEFAULT-VALUE} by default.")
  private Path output = Path.of("lora4j-quickstart");

  @Option(
      names = "--epochs",
      paramLabel = "N",
      defaultValue = "8",
      description = "How often the training data is seen; ${DEFAULT-VALUE} by default.")
  private double epochs;

  @Option(
      names = "--rank",
      paramLabel = "R",
      defaultValue = "8",
      description = "Rank of the adapter; ${DEFAULT-VALUE} by default.")
  private int rank;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "42",
      description = "Seed of everything random; ${DEFAULT-VALUE} by default.")
  private long seed;

  @Option(
      names = "--held-out",
      paramLabel = "N",
      defaultValue = "100",
      description = "How many held-out records are asked; ${DEFAULT-VALUE} by default.")
  private int heldOut;

  @Mixin private QuantizationOptions quantization = new QuantizationOptions();

  @Override
  public void run() {
    QuickStartOptions options =
        new QuickStartOptions(output, epochs, rank, seed, heldOut, quantization.loadOptions());
    EngineThreads.one();
    new QuickStart(options, System.out).run();
  }
}
