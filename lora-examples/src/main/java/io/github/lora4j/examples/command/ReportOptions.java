// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.command;

import io.github.lora4j.train.ReportPlan;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** What a run leaves to be looked at. */
final class ReportOptions {
  @Option(
      names = "--no-report",
      description = "Leave report.html and metrics.csv out of the output directory.")
  private boolean noReport;

  @Option(
      names = "--tensorboard",
      description = "Write an event file for TensorBoard into the output directory.")
  private boolean tensorBoard;

  @Option(
      names = "--sample",
      paramLabel = "PROMPT",
      description = "Ask this before and after, for report.html; may be repeated.")
  private List<String> samples = new ArrayList<>();

  ReportPlan plan() {
    ReportPlan files = noReport ? ReportPlan.none() : ReportPlan.standard();
    ReportPlan all = tensorBoard ? files.withTensorBoard() : files;
    return all.withSamples(samples.toArray(String[]::new));
  }
}
