// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import io.github.lora4j.djl.progress.ProgressDisplay;
import io.github.lora4j.djl.report.RunReports;
import io.github.lora4j.train.EvaluationReport;
import io.github.lora4j.train.FineTuningListener;
import io.github.lora4j.train.FineTuningOptions;
import io.github.lora4j.train.FineTuningResult;
import io.github.lora4j.train.RunInfo;
import io.github.lora4j.train.StepReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Who is told of a run, in this order: the display, the reports, the user's listeners. */
final class RunAudience implements AutoCloseable {
  private final ProgressDisplay display;
  private final RunReports reports;
  private final List<FineTuningListener> listeners = new ArrayList<>();
  private final FineTuningOptions options;
  private final int totalSteps;
  private final IdleTraining idle;

  RunAudience(ProgressDisplay display, FineTuningOptions options, int totalSteps) {
    this.display = display;
    this.options = options;
    this.totalSteps = totalSteps;
    reports = RunReports.of(options);
    idle = new IdleTraining(totalSteps);
    listeners.add(display);
    listeners.add(reports);
    listeners.addAll(options.listeners());
  }

  void start(RunInfo info, RunOptimizer optimizer) {
    listeners.forEach(listener -> listener.onStart(info));
    warn(idle.beforehand(optimizer, options, totalSteps));
  }

  /** Shows what an earlier process did; listeners were told then. */
  void remember(RunRecord before) {
    List<EvaluationReport> evaluations = before.evaluations();
    int next = 0;
    for (StepReport report : before.steps()) {
      reports.remember(report);
      while (next < evaluations.size() && evaluations.get(next).step() == report.step()) {
        reports.remember(evaluations.get(next++));
      }
    }
  }

  void askBefore(TrainedModel model) {
    reports.askBefore(model.answers());
  }

  void step(StepReport report) {
    listeners.forEach(listener -> listener.onStep(report));
    warn(idle.after(report));
  }

  void evaluation(EvaluationReport report) {
    listeners.forEach(listener -> listener.onEvaluation(report));
  }

  boolean wantsStop() {
    return listeners.stream().anyMatch(FineTuningListener::wantsStop);
  }

  void askAfter(TrainedModel model) {
    reports.askAfter(model.answers());
  }

  void end(FineTuningResult result) {
    listeners.forEach(listener -> listener.onEnd(result));
  }

  /** Ends the reports of a run that its listeners are told nothing more of. */
  void cancelled(FineTuningResult result) {
    reports.onEnd(result);
  }

  /** Why the run broke off matters more than what a listener makes of it. */
  void failure(RuntimeException failure) {
    for (FineTuningListener listener : listeners) {
      try {
        listener.onFailure(failure);
      } catch (RuntimeException e) {
        failure.addSuppressed(e);
      }
    }
  }

  List<String> warnings() {
    return idle.warnings();
  }

  private void warn(Optional<String> warning) {
    warning.ifPresent(text -> listeners.forEach(listener -> listener.onWarning(text)));
  }

  @Override
  public void close() {
    try (ProgressDisplay shown = display) {
      reports.close();
    }
  }
}
