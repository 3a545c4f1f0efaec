// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import io.github.lora4j.train.FineTuningResult;
import io.github.lora4j.train.RunInfo;
import io.github.lora4j.train.StepReport;
import io.github.lora4j.train.StopReason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** One run of the fine-tuner: steps, evaluations between them, and what they leave. */
final class FineTuningRun {
  private final TrainedModel model;
  private final RunLength length;
  private final StepBatches batches;
  private final TrainingStep step;
  private final EvaluationRounds evaluations;
  private final RunOutcome outcome;
  private final RunCheckpoints checkpoints;
  private final RunAudience audience;
  private final List<StepReport> reports = new ArrayList<>();
  private long begin = System.nanoTime();

  FineTuningRun(
      TrainedModel model,
      RunLength length,
      StepBatches batches,
      TrainingStep step,
      EvaluationRounds evaluations,
      RunOutcome outcome,
      RunCheckpoints checkpoints,
      RunAudience audience) {
    this.model = model;
    this.length = length;
    this.batches = batches;
    this.step = step;
    this.evaluations = evaluations;
    this.outcome = outcome;
    this.checkpoints = checkpoints;
    this.audience = audience;
  }

  FineTuningResult run(RunInfo info) {
    try {
      audience.start(info, step.optimizer());
      audience.askBefore(model);
      goOn();
      return trainAndSettle();
    } catch (RuntimeException e) {
      audience.failure(e);
      throw e;
    }
  }

  /** Goes to where the run was interrupted, if it was. */
  private void goOn() {
    List<CheckpointedPart> parts = new ArrayList<>(step.parts());
    parts.add(outcome.part());
    parts.add(new AdapterPart(model));
    RunRecord before = checkpoints.begin(parts);
    reports.addAll(before.steps());
    before.evaluations().forEach(evaluations::add);
    batches.skipSteps(reports.size());
    step.skipPasses(before.passes());
    audience.remember(before);
    begin -= before.nanos();
  }

  private FineTuningResult trainAndSettle() {
    StopReason reason = train();
    checkpoint();
    if (reason != StopReason.STOPPED_BY_SIGNAL && evaluations.isMissing(reports.size())) {
      evaluate(reports.size());
    }
    step.settle();
    outcome.settle();
    FineTuningResult result = result(reason);
    audience.askAfter(model);
    audience.end(result);
    return result;
  }

  private StopReason train() {
    Optional<StopReason> stop = standingReason();
    while (stop.isEmpty() && reports.size() < length.steps()) {
      makeStep(reports.size() + 1);
      stop = standingReason().or(this::listenersReason);
      if (stop.isEmpty() && checkpoints.isDue(reports.size())) {
        checkpoint();
      }
    }
    return stop.orElse(StopReason.COMPLETED);
  }

  private void makeStep(int number) {
    StepReport report = step.make(number, batches.next());
    requireFinite(report);
    reports.add(report);
    audience.step(report);
    if (evaluations.isDue(number)) {
      evaluate(number);
    }
  }

  /** Why no step is to be made, whether or not one was. */
  private Optional<StopReason> standingReason() {
    if (evaluations.patienceIsOver()) {
      return Optional.of(StopReason.EARLY_STOPPED);
    }
    return checkpoints.wantsStop() ? Optional.of(StopReason.STOPPED_BY_SIGNAL) : Optional.empty();
  }

  private Optional<StopReason> listenersReason() {
    return audience.wantsStop() ? Optional.of(StopReason.STOPPED_BY_LISTENER) : Optional.empty();
  }

  private void checkpoint() {
    checkpoints.write(
        new RunRecord(
            checkpoints.identity(),
            step.passes(),
            System.nanoTime() - begin,
            reports,
            evaluations.reports()),
        evaluations.lowestStep());
  }

  private void evaluate(int number) {
    new RunEvaluations(evaluations, outcome, audience, length.steps()).evaluate(number);
  }

  private void requireFinite(StepReport report) {
    if (Divergence.in(report)) {
      step.settle();
      throw Divergence.rescue(report, length.steps(), outcome);
    }
  }

  private FineTuningResult result(StopReason reason) {
    return new FineTuningResult(
        reports.size(),
        length.epochsAfter(reports.size()),
        reports,
        evaluations.reports(),
        evaluations.lowest(),
        reports.stream().mapToLong(StepReport::tokens).sum(),
        Duration.ofNanos(System.nanoTime() - begin),
        reason,
        audience.warnings());
  }
}
