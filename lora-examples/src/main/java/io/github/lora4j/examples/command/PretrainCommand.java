// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.command;

import io.github.lora4j.examples.corpus.OrderFiles;
import io.github.lora4j.examples.pretrain.ModelSize;
import io.github.lora4j.examples.pretrain.Pretraining;
import io.github.lora4j.examples.quickstart.Bundle;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Makes all files that the quick start brings along. */
@Command(
    name = "pretrain",
    hidden = true,
    description = "Make the quick start's model and data from nothing.")
public final class PretrainCommand implements Runnable {
  @Option(
      names = "--output",
      paramLabel = "DIR",
      required = true,
      description = "Where the files are written.")
  private Path output = Path.of("");

  @Option(names = "--steps", defaultValue = "3000", description = "Steps of training.")
  private int steps;

  @Option(names = "--rows", defaultValue = "8", description = "Sequences of a step.")
  private int rows;

  @Option(names = "--columns", defaultValue = "128", description = "Tokens of a sequence.")
  private int columns;

  @Option(names = "--learning-rate", defaultValue = "2e-3", description = "Highest rate.")
  private float learningRate;

  @Option(names = "--hidden", defaultValue = "128", description = "Width of the model.")
  private int hidden;

  @Option(names = "--layers", defaultValue = "4", description = "Layers of the model.")
  private int layers;

  @Option(names = "--heads", defaultValue = "4", description = "Attention heads.")
  private int heads;

  @Option(names = "--seed", defaultValue = "1", description = "Seed of everything random.")
  private int seed;

  @Override
  public void run() {
    EngineThreads.one();
    ModelSize size = new ModelSize(hidden, layers, heads);
    new Pretraining(size, steps, rows, columns, learningRate, seed)
        .run(output.resolve(Bundle.MODEL), System.out);
    OrderFiles.write(output.resolve(Bundle.TRAINING), output.resolve(Bundle.HELD_OUT));
  }
}
