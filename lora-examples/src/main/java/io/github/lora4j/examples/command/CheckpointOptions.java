// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.command;

import io.github.lora4j.train.FineTunerBuilder;
import io.github.lora4j.train.StopSignal;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Option;

/** What an interrupted run goes on from. */
final class CheckpointOptions {
  @Option(
      names = "--checkpoint-steps",
      paramLabel = "N",
      description = "Steps between two checkpoints, besides those by time.")
  private Optional<Integer> steps = Optional.empty();

  @Option(
      names = "--checkpoint-minutes",
      paramLabel = "N",
      defaultValue = "15",
      description = "Minutes between two checkpoints; ${DEFAULT-VALUE} by default.")
  private long minutes;

  @Option(
      names = "--keep-checkpoints",
      paramLabel = "N",
      defaultValue = "2",
      description = "How many stay, the newest; ${DEFAULT-VALUE} by default.")
  private int keep;

  @Option(
      names = "--resume",
      description = "Go on after the newest checkpoint in the output directory.")
  private boolean resume;

  boolean resume() {
    return resume;
  }

  void apply(FineTunerBuilder builder, StopSignal signal) {
    steps.ifPresent(builder::checkpointEverySteps);
    builder.checkpointEvery(Duration.ofMinutes(minutes)).keepCheckpoints(keep).stopSignal(signal);
  }
}
