// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.benchmark;

import io.github.lora4j.train.FineTuningListener;
import io.github.lora4j.train.StepReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The time from one step's end to the next one's, all that lies between them included. */
public final class StepClock implements FineTuningListener {
  private final int warmUp;
  private final List<Double> seconds = new ArrayList<>();
  private final List<Double> processorSeconds = new ArrayList<>();
  private long last;
  private long lastProcessor;

  /**
   * Begins with the first step.
   *
   * @param warmUp how many steps are left out, at least one
   */
  public StepClock(int warmUp) {
    this.warmUp = warmUp;
  }

  @Override
  public void onStep(StepReport report) {
    long now = System.nanoTime();
    long processor =
        ProcessHandle.current().info().totalCpuDuration().map(Duration::toNanos).orElse(0L);
    if (report.step() > warmUp) {
      seconds.add((now - last) / 1e9);
      processorSeconds.add((processor - lastProcessor) / 1e9);
    }
    last = now;
    lastProcessor = processor;
  }

  /**
   * The time of each step.
   *
   * @return in seconds, an entry a step
   */
  public List<Double> seconds() {
    return seconds;
  }

  /**
   * The time of all this process's threads, which other processes do not add to.
   *
   * @return in seconds, an entry a step
   */
  public List<Double> processorSeconds() {
    return processorSeconds;
  }
}
