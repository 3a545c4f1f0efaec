// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import io.github.lora4j.train.EvaluationReport;
import io.github.lora4j.train.FineTuningResult;
import io.github.lora4j.train.StepReport;
import io.github.lora4j.train.StopReason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a job did so far, and what is due because of it: evaluations, checkpoints, its end. */
final class JobJournal {
  private final RunLength length;
  private final RunCheckpoints checkpoints;
  private final RunEvaluations evaluations;
  private final RunRecord before;
  private final List<StepReport> reports;
  private final long begin;

  private JobJournal(
      RunLength length, RunCheckpoints checkpoints, RunEvaluations evaluations, RunRecord before) {
    this.length = length;
    this.checkpoints = checkpoints;
    this.evaluations = evaluations;
    this.before = before;
    reports = new ArrayList<>(before.steps());
    before.evaluations().forEach(evaluations.rounds()::add);
    begin = System.nanoTime() - before.nanos();
  }

  /** Begins, or goes on where the job was interrupted, its parts brought to where they were. */
  static JobJournal begin(
      RunLength length,
      RunCheckpoints checkpoints,
      RunEvaluations evaluations,
      List<CheckpointedPart> parts) {
    return new JobJournal(length, checkpoints, evaluations, checkpoints.begin(parts));
  }

  /** What there was when the job went on. */
  RunRecord before() {
    return before;
  }

  int steps() {
    return reports.size();
  }

  int stepsLeft() {
    return length.steps() - reports.size();
  }

  long tokens() {
    return reports.stream().mapToLong(StepReport::tokens).sum();
  }

  void add(StepReport report) {
    reports.add(report);
  }

  void evaluateIfDue() {
    if (evaluations.rounds().isDue(reports.size())) {
      evaluations.evaluate(reports.size());
    }
  }

  void checkpointIfDue() {
    if (checkpoints.isDue(reports.size())) {
      checkpoint();
    }
  }

  private void checkpoint() {
    List<EvaluationReport> evaluated = evaluations.rounds().reports();
    long nanos = System.nanoTime() - begin;
    checkpoints.write(
        new RunRecord(checkpoints.identity(), 0, nanos, reports, evaluated),
        evaluations.rounds().lowestStep());
  }

  /** Why no step is to be made, whether or not one was. */
  Optional<StopReason> standingReason() {
    if (evaluations.rounds().patienceIsOver()) {
      return Optional.of(StopReason.EARLY_STOPPED);
    }
    if (stepsLeft() == 0) {
      return Optional.of(StopReason.COMPLETED);
    }
    return checkpoints.wantsStop() ? Optional.of(StopReason.STOPPED_BY_SIGNAL) : Optional.empty();
  }

  /** Writes the last checkpoint, and evaluates what was trained since the last evaluation. */
  void end(StopReason reason) {
    checkpoint();
    if (reason != StopReason.STOPPED_BY_SIGNAL && evaluations.rounds().isMissing(reports.size())) {
      evaluations.evaluate(reports.size());
    }
  }

  FineTuningResult result(StopReason reason) {
    return new FineTuningResult(
        reports.size(),
        length.epochsAfter(reports.size()),
        reports,
        evaluations.rounds().reports(),
        evaluations.rounds().lowest(),
        tokens(),
        Duration.ofNanos(System.nanoTime() - begin),
        reason,
        evaluations.audience().warnings());
  }
}
