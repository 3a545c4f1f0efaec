// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.lora4j.train.EvaluationReport;
import io.github.lora4j.train.StepReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CsvReportTest {
  @TempDir Path directory;

  @Test
  void aStepIsALineWithItsEvaluation() throws IOException {
    CsvReport report = new CsvReport(directory, new RunClock(() -> 0, () -> 0));
    report.onStart(SomeRun.info(SomeRun.tuner()));
    report.onStep(SomeRun.step(1, 2.5));
    report.onStep(SomeRun.step(2, 1.25));
    report.onEvaluation(new EvaluationReport(2, 1.5));
    report.onStep(new StepReport(3, 1, Float.NaN, 0.5, 7, 8, 9));
    assertEquals(3, lines().size(), "what is known is written at once");
    report.close();
    assertEquals(
        List.of(
            "step,epoch,loss,evaluation_loss,learning_rate,gradient_norm,tokens,tokens_per_second,memory_bytes,seconds",
            "1,0.25,2.5,,2.0E-4,0.5,100,50.25,1610612736,0.0",
            "2,0.5,1.25,1.5,2.0E-4,0.5,100,50.25,1610612736,0.0",
            "3,0.75,1.0,,,0.5,7,8.0,9,0.0"),
        lines());
  }

  private List<String> lines() throws IOException {
    return Files.readAllLines(directory.resolve("metrics.csv"));
  }
}
