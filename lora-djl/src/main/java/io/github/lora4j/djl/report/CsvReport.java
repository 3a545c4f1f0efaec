// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.report;

import io.github.lora4j.train.EvaluationReport;
import io.github.lora4j.train.RunInfo;
import io.github.lora4j.train.StepReport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A line a step, written through at once. A line waits for the evaluation of its step, so that the
 * last one may be missing in the file of a process that was killed.
 */
final class CsvReport implements RunReport {
  static final String FILE_NAME = "metrics.csv";
  private static final String HEADER =
      "step,epoch,loss,evaluation_loss,learning_rate,gradient_norm,tokens,tokens_per_second,memory_bytes,seconds\n";

  private final Path file;
  private final RunClock clock;
  private @Nullable Writer writer;
  private @Nullable StepReport waiting;
  private String evaluation = "";
  private double stepsPerEpoch = 1;

  CsvReport(Path directory, RunClock clock) {
    file = directory.resolve(FILE_NAME);
    this.clock = clock;
  }

  @Override
  public void onStart(RunInfo info) {
    stepsPerEpoch = info.stepsPerEpoch();
    try {
      writer = Files.newBufferedWriter(file);
    } catch (IOException e) {
      throw failed(e);
    }
    write(HEADER);
  }

  @Override
  public void onStep(StepReport report) {
    writeWaiting();
    waiting = report;
  }

  @Override
  public void onEvaluation(EvaluationReport report) {
    evaluation = Double.toString(report.loss());
    writeWaiting();
  }

  private void writeWaiting() {
    if (waiting != null) {
      write(line(waiting));
      waiting = null;
      evaluation = "";
    }
  }

  private String line(StepReport report) {
    return String.join(
            ",",
            Integer.toString(report.step()),
            Double.toString(report.step() / stepsPerEpoch),
            Double.toString(report.loss()),
            evaluation,
            Float.isNaN(report.learningRate()) ? "" : Float.toString(report.learningRate()),
            Double.toString(report.gradientNorm()),
            Long.toString(report.tokens()),
            Double.toString(report.tokensPerSecond()),
            Long.toString(report.memoryBytes()),
            Double.toString(clock.seconds()))
        + "\n";
  }

  private void write(String text) {
    if (writer == null) {
      return;
    }
    try {
      writer.write(text);
      writer.flush();
    } catch (IOException e) {
      throw failed(e);
    }
  }

  @Override
  public void close() {
    try (Writer open = writer) {
      writeWaiting();
    } catch (IOException e) {
      throw failed(e);
    } finally {
      writer = null;
    }
  }

  private UncheckedIOException failed(IOException e) {
    return new UncheckedIOException(file + ": cannot be written (" + e + ")", e);
  }
}
