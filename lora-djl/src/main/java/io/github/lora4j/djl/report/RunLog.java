// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.report;

import io.github.lora4j.djl.progress.Quantities;
import io.github.lora4j.train.EvaluationReport;
import io.github.lora4j.train.FineTuner;
import io.github.lora4j.train.FineTuningResult;
import io.github.lora4j.train.RunInfo;
import io.github.lora4j.train.StepReport;
import java.util.List;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A run in a few lines of the log: its start, its evaluations, its end. */
final class RunLog implements RunReport {
  /** The name that a user knows. */
  private static final Logger LOGGER = LoggerFactory.getLogger(FineTuner.class);

  private final Logger logger;
  private String name = "";
  private int totalSteps;
  private double lastLoss = Double.NaN;

  RunLog() {
    this(LOGGER);
  }

  RunLog(Logger logger) {
    this.logger = logger;
  }

  @Override
  public void onStart(RunInfo info) {
    name = info.name();
    totalSteps = info.totalSteps();
    logger.info(
        "{}: fine-tuning {} on {}, {}{}; {} rows, {} held out; {} steps of {} rows; {}; {}",
        name,
        info.model(),
        info.device(),
        info.adapter().map(adapter -> adapter.peftType() + ", ").orElse(""),
        RunFacts.parameters(info),
        info.trainingRows(),
        info.evaluationRows(),
        totalSteps,
        RunFacts.rowsOfAStep(info.options()),
        RunFacts.optimizer(info.options()),
        info.options().outputDir().map(path -> "saves to " + path).orElse("saves nothing"));
  }

  @Override
  public void onWarning(String warning) {
    logger.warn("{}: {}", name, warning);
  }

  @Override
  public void onStep(StepReport report) {
    lastLoss = report.loss();
  }

  @Override
  public void onEvaluation(EvaluationReport report) {
    logger.info(
        "{}: step {} of {}: evaluation loss {} (perplexity {}), training loss {}",
        name,
        report.step(),
        totalSteps,
        rounded(report.loss()),
        rounded(report.perplexity()),
        rounded(lastLoss));
  }

  /** {@inheritDoc} It is in that process's log. */
  @Override
  public void remember(EvaluationReport report) {}

  @Override
  public void onEnd(FineTuningResult result) {
    List<StepReport> steps = result.stepReports();
    logger.info(
        "{}: {} after {} of {} steps and {}: loss {} to {}{}, {} tokens",
        name,
        words(result),
        result.steps(),
        totalSteps,
        Quantities.clock(result.duration()),
        steps.isEmpty() ? "-" : rounded(steps.get(0).loss()),
        rounded(lastLoss),
        result.bestEvaluationLoss().isPresent()
            ? ", best evaluation loss " + rounded(result.bestEvaluationLoss().getAsDouble())
            : "",
        result.trainedTokens());
  }

  @Override
  public void onFailure(RuntimeException failure) {
    logger.warn("{}: broke off: {}", name, failure.getMessage());
  }

  /** Why a run ended, for example {@code stopped by listener}. */
  static String words(FineTuningResult result) {
    return result.stopReason().name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  static String rounded(double value) {
    return String.format(Locale.ROOT, "%.4f", value);
  }
}
