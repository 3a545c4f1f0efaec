// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.multi;

import io.github.lora4j.examples.story.Narrator;
import io.github.lora4j.train.FineTuningListener;
import io.github.lora4j.train.StepReport;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Every so many steps a line with the losses of all jobs, which go in step with each other. */
final class JobLosses {
  private static final int INTERVAL = 25;

  private final Narrator narrator;
  private final String last;
  private final Map<String, Double> losses = new LinkedHashMap<>();

  JobLosses(List<String> jobs, Narrator narrator) {
    this.narrator = narrator;
    last = jobs.get(jobs.size() - 1);
    narrator.say("%9s %s", "", row(jobs));
  }

  private static String row(List<String> cells) {
    return cells.stream()
        .map(cell -> String.format(Locale.ROOT, "%9s", cell))
        .collect(Collectors.joining(" "));
  }

  FineTuningListener of(String job) {
    return new FineTuningListener() {
      @Override
      public void onStep(StepReport report) {
        losses.put(job, report.loss());
        if (job.equals(last) && report.step() % INTERVAL == 0) {
          tell(report.step());
        }
      }
    };
  }

  private void tell(int step) {
    List<String> cells =
        losses.values().stream().map(loss -> String.format(Locale.ROOT, "%.3f", loss)).toList();
    narrator.say("step %4d %s", step, row(cells));
  }
}
