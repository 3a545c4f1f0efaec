// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.progress;

import io.github.lora4j.train.EvaluationReport;
import io.github.lora4j.train.StepReport;
import java.io.PrintStream;
import java.time.Duration;
import java.util.function.LongSupplier;

/** Plain lines for log files: the first step, one every few seconds, evaluations, the last step. */
final class LineDisplay implements ProgressDisplay {
  private static final long INTERVAL_NANOS = Duration.ofSeconds(5).toNanos();

  private final PrintStream stream;
  private final String label;
  private final int totalSteps;
  private final LongSupplier clock;
  private final StatusText status = new StatusText();
  private final long begin;
  private long lastLine;
  private int lastStep;
  private int stepsShown;

  LineDisplay(PrintStream stream, String label, int totalSteps) {
    this(stream, label, totalSteps, System::nanoTime);
  }

  LineDisplay(PrintStream stream, String label, int totalSteps, LongSupplier clock) {
    this.stream = stream;
    this.label = label;
    this.totalSteps = totalSteps;
    this.clock = clock;
    begin = clock.getAsLong();
    lastLine = begin - INTERVAL_NANOS;
  }

  @Override
  public void onStep(StepReport report) {
    status.onStep(report);
    lastStep = report.step();
    stepsShown++;
    boolean due = clock.getAsLong() - lastLine >= INTERVAL_NANOS;
    if (due || report.step() == totalSteps) {
      print();
    }
  }

  @Override
  public void onEvaluation(EvaluationReport report) {
    status.onEvaluation(report);
    print();
  }

  private void print() {
    lastLine = clock.getAsLong();
    long left = (lastLine - begin) / Math.max(1, stepsShown) * (totalSteps - lastStep);
    stream.printf(
        "%sstep %d/%d: %s, %s left%n",
        label, lastStep, totalSteps, status.text(), Quantities.clock(Duration.ofNanos(left)));
  }

  @Override
  public void close() {
    stream.flush();
  }
}
