// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import io.github.lora4j.train.EvaluationPlan;
import io.github.lora4j.train.EvaluationReport;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/** When to evaluate, the losses so far, and since when the lowest stands. */
final class EvaluationRounds {
  private final Optional<HeldOutLoss> heldOut;
  private final int interval;
  private final int patience;
  private final List<EvaluationReport> reports = new ArrayList<>();
  private double lowest = Double.POSITIVE_INFINITY;
  private int sinceLowest;

  EvaluationRounds(Optional<HeldOutLoss> heldOut, EvaluationPlan plan, int stepsPerEpoch) {
    this.heldOut = heldOut;
    interval = plan.interval().orElse(stepsPerEpoch);
    patience = plan.patience();
  }

  boolean isDue(int step) {
    return heldOut.isPresent() && step % interval == 0;
  }

  /** Whether the run must not end at a step without an evaluation. */
  boolean isMissing(int step) {
    return heldOut.isPresent()
        && (reports.isEmpty() || reports.get(reports.size() - 1).step() != step);
  }

  EvaluationReport evaluate(int step) {
    EvaluationReport report = new EvaluationReport(step, heldOut.orElseThrow().mean());
    add(report);
    return report;
  }

  /** Takes in an evaluation as if it had been made here. */
  void add(EvaluationReport report) {
    reports.add(report);
    sinceLowest = report.loss() < lowest ? 0 : sinceLowest + 1;
    lowest = Math.min(lowest, report.loss());
  }

  /** Whether the evaluation made last gave the lowest loss so far. */
  boolean isLowest() {
    return !reports.isEmpty() && sinceLowest == 0;
  }

  boolean patienceIsOver() {
    return patience > 0 && sinceLowest >= patience;
  }

  List<EvaluationReport> reports() {
    return Collections.unmodifiableList(reports);
  }

  /** The step of the lowest loss so far. */
  OptionalInt lowestStep() {
    return reports.isEmpty()
        ? OptionalInt.empty()
        : OptionalInt.of(reports.get(reports.size() - 1 - sinceLowest).step());
  }

  OptionalDouble lowest() {
    return reports.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(lowest);
  }
}
