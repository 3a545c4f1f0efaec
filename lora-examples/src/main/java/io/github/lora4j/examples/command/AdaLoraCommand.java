// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.command;

import io.github.lora4j.examples.methods.AdaLoraExample;
import io.github.lora4j.examples.methods.MethodOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Runs the example of AdaLoRA. */
@Command(
    name = "adalora",
    description =
        "Fine-tune a small bundled model with an adapter that shares out its ranks (AdaLoRA): which"
            + " modules were left how much, and what was learned.")
public final class AdaLoraCommand implements Runnable {
  @Mixin private StoryOptions story = new StoryOptions();

  @Option(
      names = "--initial-rank",
      paramLabel = "R",
      defaultValue = "12",
      description = "Rank that every module starts with; ${DEFAULT-VALUE} by default.")
  private int initialRank;

  @Option(
      names = "--target-rank",
      paramLabel = "R",
      defaultValue = "6",
      description = "Average rank that is left; ${DEFAULT-VALUE} by default.")
  private int targetRank;

  @Override
  public void run() {
    MethodOptions options = story.methodOptions();
    EngineThreads.one();
    new AdaLoraExample(options, initialRank, targetRank, System.out).run();
  }
}
