// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.blocks;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** What the examples on DJL's blocks have in common. */
abstract class BlockCommand implements Runnable {
  @Option(
      names = "--output",
      paramLabel = "DIR",
      defaultValue = "lora4j-block-adapter",
      description = "Where the adapter is written; ${DEFAULT-VALUE} by default.")
  private Path output = Path.of("lora4j-block-adapter");

  @Option(
      names = "--base-epochs",
      paramLabel = "N",
      defaultValue = "12",
      description = "How often the network sees its own samples; ${DEFAULT-VALUE} by default.")
  private int baseEpochs;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      defaultValue = "30",
      description = "How often the adapter sees its samples; ${DEFAULT-VALUE} by default.")
  private int epochs;

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

  /** What is shown. */
  abstract BlockTask task();

  @Override
  public void run() {
    BlockOptions options = new BlockOptions(output, baseEpochs, epochs, rank, seed);
    new BlockExample(task(), options, System.out).run();
  }
}
