// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.progress;

import io.github.lora4j.train.EvaluationReport;
import io.github.lora4j.train.StepReport;
import java.io.PrintStream;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;

/** One line of a terminal, drawn over and over; the bar itself shows steps and the time left. */
final class BarDisplay implements ProgressDisplay {
  private final StatusText status = new StatusText();
  private final ProgressBar bar;

  BarDisplay(PrintStream stream, int totalSteps) {
    bar =
        ProgressBar.builder()
            .setTaskName("training")
            .setInitialMax(totalSteps)
            .setConsumer(new ConsoleProgressBarConsumer(stream))
            .build();
  }

  @Override
  public void onStep(StepReport report) {
    status.onStep(report);
    bar.stepTo(report.step());
    bar.setExtraMessage(" " + status.text());
  }

  @Override
  public void onEvaluation(EvaluationReport report) {
    status.onEvaluation(report);
    bar.setExtraMessage(" " + status.text());
  }

  @Override
  public void close() {
    bar.close();
  }
}
