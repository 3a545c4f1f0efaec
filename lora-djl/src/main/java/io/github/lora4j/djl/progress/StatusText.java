// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.progress;

import io.github.lora4j.train.EvaluationReport;
import io.github.lora4j.train.StepReport;
import java.util.Locale;

/** A run's numbers in words; loss and speed are smoothed over the last steps. */
final class StatusText {
  private final Smoothed loss = new Smoothed();
  private final Smoothed tokensPerSecond = new Smoothed();
  private String evaluation = "";
  private String rate = "";
  private long memoryBytes;

  void onStep(StepReport report) {
    loss.add(report.loss());
    tokensPerSecond.add(report.tokensPerSecond());
    memoryBytes = report.memoryBytes();
    rate =
        Float.isNaN(report.learningRate())
            ? ""
            : String.format(Locale.ROOT, ", learning rate %.2e", report.learningRate());
  }

  void onEvaluation(EvaluationReport report) {
    evaluation = String.format(Locale.ROOT, ", evaluation loss %.4f", report.loss());
  }

  /** For example {@code loss 2.3145, learning rate 1.80e-04, 345 tokens/s, 512 MiB}. */
  String text() {
    return String.format(
        Locale.ROOT,
        "loss %.4f%s%s, %,.0f tokens/s, %s",
        loss.value(),
        evaluation,
        rate,
        tokensPerSecond.value(),
        Quantities.memory(memoryBytes));
  }
}
