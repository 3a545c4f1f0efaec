// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.report;

import io.github.lora4j.LoraException;
import io.github.lora4j.train.EvaluationReport;
import io.github.lora4j.train.FineTuningListener;
import io.github.lora4j.train.FineTuningOptions;
import io.github.lora4j.train.FineTuningResult;
import io.github.lora4j.train.ReportFormat;
import io.github.lora4j.train.ReportPlan;
import io.github.lora4j.train.RunInfo;
import io.github.lora4j.train.StepReport;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Every report of one run. Nothing is written before the run starts. A report that cannot be
 * written is given up with a warning: hours of training are worth more than its picture.
 */
public final class RunReports implements FineTuningListener, AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(RunReports.class);

  private final ReportPlan plan;
  private final List<RunReport> reports = new ArrayList<>();
  private List<Sample> samples = List.of();

  private RunReports(ReportPlan plan) {
    this.plan = plan;
  }

  /**
   * The reports that a run was told to make.
   *
   * @param options the run's options
   * @return the reports, to be closed when the run is over
   */
  public static RunReports of(FineTuningOptions options) {
    RunReports all = new RunReports(options.reports());
    all.reports.add(new RunLog());
    options.reports().metrics().map(MetricsReport::new).ifPresent(all.reports::add);
    RunClock clock = new RunClock();
    options
        .outputDir()
        .ifPresent(
            directory ->
                options
                    .reports()
                    .formats()
                    .forEach(format -> all.reports.add(report(format, directory, clock))));
    return all;
  }

  private static RunReport report(ReportFormat format, Path directory, RunClock clock) {
    return switch (format) {
      case CSV -> new CsvReport(directory, clock);
      case HTML -> new HtmlReport(directory, clock);
      case TENSOR_BOARD -> new TensorBoardReport(directory, clock);
    };
  }

  /**
   * Asks the untrained model, if there is something to ask.
   *
   * @param model gives an answer to each prompt
   */
  public void askBefore(Function<ReportPlan, List<String>> model) {
    ask(model, (sample, answer) -> new Sample(sample.prompt(), answer, ""));
  }

  /**
   * Asks the trained model, if there is something to ask.
   *
   * @param model gives an answer to each prompt
   */
  public void askAfter(Function<ReportPlan, List<String>> model) {
    ask(model, (sample, answer) -> new Sample(sample.prompt(), sample.before(), answer));
  }

  private interface Answered {
    Sample with(Sample sample, String answer);
  }

  private void ask(Function<ReportPlan, List<String>> model, Answered answered) {
    if (plan.prompts().isEmpty()) {
      return;
    }
    List<String> answers = model.apply(plan);
    List<Sample> known = new ArrayList<>();
    for (int i = 0; i < answers.size(); i++) {
      Sample sample =
          samples.isEmpty() ? new Sample(plan.prompts().get(i), "", "") : samples.get(i);
      known.add(answered.with(sample, answers.get(i)));
    }
    samples = known;
    tell(report -> report.onSamples(samples));
  }

  @Override
  public void onStart(RunInfo info) {
    tell(report -> report.onStart(info));
  }

  @Override
  public void onWarning(String warning) {
    tell(report -> report.onWarning(warning));
  }

  @Override
  public void onStep(StepReport step) {
    tell(report -> report.onStep(step));
  }

  @Override
  public void onEvaluation(EvaluationReport evaluation) {
    tell(report -> report.onEvaluation(evaluation));
  }

  /**
   * Takes in a step that an earlier process made.
   *
   * @param step what came of it
   */
  public void remember(StepReport step) {
    tell(report -> report.remember(step));
  }

  /**
   * Takes in an evaluation that an earlier process made.
   *
   * @param evaluation what came of it
   */
  public void remember(EvaluationReport evaluation) {
    tell(report -> report.remember(evaluation));
  }

  @Override
  public void onEnd(FineTuningResult result) {
    tell(report -> report.onEnd(result));
  }

  @Override
  public void onFailure(RuntimeException failure) {
    tell(report -> report.onFailure(failure));
  }

  @Override
  public void close() {
    tell(RunReport::close);
    reports.clear();
  }

  private void tell(Consumer<RunReport> event) {
    for (RunReport report : List.copyOf(reports)) {
      try {
        event.accept(report);
      } catch (LoraException | UncheckedIOException e) {
        LOGGER.warn("a report is given up, the run goes on: {}", e.getMessage());
        reports.remove(report);
      }
    }
  }
}
