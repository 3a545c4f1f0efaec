package io.github.lora4j.djl.progress;

import io.github.lora4j.train.EvaluationReport;
import io.github.lora4j.train.StepReport;
import java.time.Duration;
import java.util.Locale;

/** A run's numbers in words; loss and speed are smoothed over the last steps. */
final class StatusText {
  private final Smoothed loss = new Smoothed();
  private final Smoothed tokensPerSecond = new Smoothed();
  private String evaluation = "";
  private String rate = "";

  void onStep(StepReport report) {
    loss.add(report.loss());
    tokensPerSecond.add(report.tokensPerSecond());
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
        memory(ResidentMemory.bytes()));
  }

  static String memory(long bytes) {
    double mebibytes = bytes / (double) (1 << 20);
    return mebibytes < 1000
        ? String.format(Locale.ROOT, "%.0f MiB", mebibytes)
        : String.format(Locale.ROOT, "%.1f GiB", mebibytes / 1024);
  }

  /** For example {@code 1:02:03} or {@code 2:03}. */
  static String clock(Duration duration) {
    long seconds = duration.toSeconds();
    return seconds < 3600
        ? String.format(Locale.ROOT, "%d:%02d", seconds / 60, seconds % 60)
        : String.format(
            Locale.ROOT, "%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
  }
}
