// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.command;

import io.github.lora4j.examples.methods.LisaExample;
import io.github.lora4j.examples.methods.MethodOptions;
import io.github.lora4j.train.LisaConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Runs the example of LISA. */
@Command(
    name = "lisa",
    description =
        "Fine-tune a small bundled model without an adapter, a few of its layers at a time (LISA):"
            + " which layers trained, what that saves, and what was learned.")
public final class LisaCommand implements Runnable {
  @Mixin private StoryOptions story = new StoryOptions();

  @Option(
      names = "--active-layers",
      paramLabel = "N",
      defaultValue = "2",
      description = "Layers that train at a time, of 4; ${DEFAULT-VALUE} by default.")
  private int activeLayers;

  @Option(
      names = "--interval",
      paramLabel = "N",
      defaultValue = "20",
      description = "Steps after which other layers are drawn; ${DEFAULT-VALUE} by default.")
  private int interval;

  @Option(names = "--no-embeddings", description = "Train neither the embedding nor the head.")
  private boolean noEmbeddings;

  @Override
  public void run() {
    LisaConfig lisa =
        LisaConfig.activeLayers(activeLayers)
            .interval(interval)
            .seed(story.seed())
            .trainEmbeddings(!noEmbeddings);
    MethodOptions options = story.methodOptions();
    EngineThreads.one();
    new LisaExample(options, lisa, System.out).run();
  }
}
