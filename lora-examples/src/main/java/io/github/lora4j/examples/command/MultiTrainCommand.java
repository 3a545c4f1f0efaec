// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.command;

import io.github.lora4j.examples.multi.MultiTrain;
import io.github.lora4j.examples.multi.MultiTrainOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Runs the example of m-LoRA. */
@Command(
    name = "multi-train",
    description =
        "Train six adapters at once over one small bundled model (m-LoRA), three tasks in two"
            + " languages, and let all six answer from one process.")
public final class MultiTrainCommand implements Runnable {
  @Mixin private StoryOptions story = new StoryOptions();

  @Option(
      names = "--records",
      paramLabel = "N",
      defaultValue = "200",
      description = "Records that each job trains on; ${DEFAULT-VALUE} by default.")
  private int records;

  @Override
  public void run() {
    MultiTrainOptions options =
        new MultiTrainOptions(
            story.output(), story.epochs(), records, story.seed(), story.heldOut());
    EngineThreads.one();
    new MultiTrain(options, System.out).run();
  }
}
