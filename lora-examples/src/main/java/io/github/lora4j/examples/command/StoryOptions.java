// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.command;

import io.github.lora4j.examples.methods.MethodOptions;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** What the examples on the bundled model have in common. */
final class StoryOptions {
  @Option(
      names = "--output",
      paramLabel = "DIR",
      defaultValue = "lora4j-${COMMAND-NAME}",
      description = "Where everything is written; ${DEFAULT-VALUE} by default.")
  private Path output = Path.of("lora4j");

  @Option(
      names = "--epochs",
      paramLabel = "N",
      defaultValue = "8",
      description = "How often the training data is seen; ${DEFAULT-VALUE} by default.")
  private double epochs;

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

  MethodOptions methodOptions() {
    return new MethodOptions(output, epochs, seed, heldOut);
  }

  Path output() {
    return output;
  }

  double epochs() {
    return epochs;
  }

  long seed() {
    return seed;
  }

  int heldOut() {
    return heldOut;
  }
}
