// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.command;

import io.github.lora4j.examples.loading.QuantizationOptions;
import io.github.lora4j.examples.quickstart.QuickStart;
import io.github.lora4j.examples.quickstart.QuickStartOptions;
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
  @Mixin private StoryOptions story = new StoryOptions();

  @Option(
      names = "--rank",
      paramLabel = "R",
      defaultValue = "8",
      description = "Rank of the adapter; ${DEFAULT-VALUE} by default.")
  private int rank;

  @Mixin private QuantizationOptions quantization = new QuantizationOptions();

  @Override
  public void run() {
    QuickStartOptions options =
        new QuickStartOptions(
            story.output(),
            story.epochs(),
            rank,
            story.seed(),
            story.heldOut(),
            quantization.loadOptions());
    EngineThreads.one();
    new QuickStart(options, System.out).run();
  }
}
