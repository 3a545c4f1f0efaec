// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.report;

import io.github.lora4j.djl.format.AtomicFile;
import io.github.lora4j.train.EvaluationReport;
import io.github.lora4j.train.FineTuningResult;
import io.github.lora4j.train.RunInfo;
import io.github.lora4j.train.StepReport;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One page that needs nothing else, neither files nor a network. It is replaced whole every few
 * seconds and loads itself again while the run goes on, so that a browser may stay open on it.
 */
final class HtmlReport implements RunReport {
  static final String FILE_NAME = "report.html";
  private static final String TEMPLATE = "report.html";
  private static final String PLACE = "@DATA@";
  private static final double INTERVAL_SECONDS = 3;

  private final Path file;
  private final RunClock clock;
  private @Nullable RunPage page;
  private double lastWritten;

  HtmlReport(Path directory, RunClock clock) {
    file = directory.resolve(FILE_NAME);
    this.clock = clock;
  }

  @Override
  public void onStart(RunInfo info) {
    page = new RunPage(info);
    write();
  }

  @Override
  public void onSamples(List<Sample> samples) {
    page().samples(samples);
    write();
  }

  @Override
  public void onWarning(String warning) {
    page().warning(warning);
    write();
  }

  @Override
  public void onStep(StepReport report) {
    page().step(report);
    if (clock.seconds() - lastWritten >= INTERVAL_SECONDS) {
      write();
    }
  }

  @Override
  public void onEvaluation(EvaluationReport report) {
    page().evaluation(report);
    write();
  }

  @Override
  public void onEnd(FineTuningResult result) {
    page().ended(RunLog.words(result));
    write();
  }

  @Override
  public void onFailure(RuntimeException failure) {
    page().failed("broke off", String.valueOf(failure.getMessage()));
    write();
  }

  /** A run that neither ended nor failed was broken off from outside. */
  @Override
  public void close() {
    if (page != null && page.isRunning()) {
      page.failed("broke off", "");
      write();
    }
  }

  private RunPage page() {
    return Objects.requireNonNull(page, "a run reports before it starts");
  }

  private void write() {
    AtomicFile.writeString(file, template().replace(PLACE, page().toJson(clock)));
    lastWritten = clock.seconds();
  }

  private static String template() {
    try (InputStream stream = HtmlReport.class.getResourceAsStream(TEMPLATE)) {
      byte[] bytes = Objects.requireNonNull(stream, TEMPLATE).readAllBytes();
      return new String(bytes, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(TEMPLATE + ": cannot be read from the jar", e);
    }
  }
}
