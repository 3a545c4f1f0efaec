package io.github.lora4j.examples.benchmark;

import io.github.lora4j.train.FineTuningListener;
import io.github.lora4j.train.StepReport;
import java.util.ArrayList;
import java.util.List;

/** The time from one step's end to the next one's, all that lies between them included. */
final class StepClock implements FineTuningListener {
  private final int warmUp;
  private final List<Double> seconds = new ArrayList<>();
  private long last;

  /** Leaves out the steps of the warm-up, at least one. */
  StepClock(int warmUp) {
    this.warmUp = warmUp;
  }

  @Override
  public void onStep(StepReport report) {
    long now = System.nanoTime();
    if (report.step() > warmUp) {
      seconds.add((now - last) / 1e9);
    }
    last = now;
  }

  /** One entry a step. */
  List<Double> seconds() {
    return seconds;
  }
}
