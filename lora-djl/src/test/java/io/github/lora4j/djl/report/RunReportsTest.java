// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.metric.Metrics;
import io.github.lora4j.train.EvaluationReport;
import io.github.lora4j.train.FineTunerBuilder;
import io.github.lora4j.train.ReportFormat;
import io.github.lora4j.train.ReportPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunReportsTest {
  @TempDir Path directory;

  @Test
  void aReportThatCannotBeWrittenIsGivenUpAndTheOthersGoOn() throws IOException {
    Files.writeString(directory.resolve("tensorboard"), "no directory");
    run(SomeRun.tuner().outputDir(directory).reports(ReportPlan.standard().withTensorBoard()));
    assertEquals(2, Files.readAllLines(directory.resolve("metrics.csv")).size());
    assertEquals("no directory", Files.readString(directory.resolve("tensorboard")));
  }

  @Test
  void onlyTheReportsAskedForAreWritten() {
    run(SomeRun.tuner().outputDir(directory).reports(ReportPlan.of(ReportFormat.CSV)));
    assertTrue(Files.exists(directory.resolve("metrics.csv")));
    assertFalse(Files.exists(directory.resolve("report.html")));
  }

  @Test
  void metricsOfDjlGetEveryNumber() {
    Metrics metrics = new Metrics();
    run(SomeRun.tuner().reports(ReportPlan.none().withMetrics(metrics)));
    assertEquals(2.5, metrics.latestMetric("loss").getValue());
    assertEquals(2e-4, metrics.latestMetric("learning_rate").getValue().doubleValue(), 1e-9);
    assertEquals(0.5, metrics.latestMetric("gradient_norm").getValue());
    assertEquals(50.25, metrics.latestMetric("tokens_per_second").getValue());
    assertEquals(3L << 29, metrics.latestMetric("memory").getValue().longValue());
    assertEquals(1.5, metrics.latestMetric("evaluation_loss").getValue());
  }

  @Test
  void theModelIsAskedBeforeAndAfter() throws IOException {
    ReportPlan plan = ReportPlan.standard().withSamples("Who?").withAnswerTokens(9);
    FineTunerBuilder tuner = SomeRun.tuner().outputDir(directory).reports(plan);
    try (RunReports reports = RunReports.of(tuner.build().options())) {
      reports.onStart(SomeRun.info(tuner));
      reports.askBefore(asked -> List.of("nobody in " + asked.answerTokens()));
      reports.askAfter(asked -> List.of("me"));
    }
    String page = Files.readString(directory.resolve("report.html"));
    assertTrue(page.contains("[[\"Who?\",\"nobody in 9\",\"me\"]]"), page);
  }

  private static void run(FineTunerBuilder tuner) {
    try (RunReports reports = RunReports.of(tuner.build().options())) {
      reports.onStart(SomeRun.info(tuner));
      reports.onStep(SomeRun.step(1, 2.5));
      reports.onEvaluation(new EvaluationReport(1, 1.5));
      reports.onEnd(SomeRun.result(SomeRun.step(1, 2.5)));
    }
  }
}
