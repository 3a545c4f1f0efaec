package io.github.lora4j.djl.train;

import io.github.lora4j.TrainingException;
import io.github.lora4j.data.InstructionDataset;
import io.github.lora4j.djl.progress.ProgressDisplay;
import io.github.lora4j.train.EvaluationReport;
import io.github.lora4j.train.FineTuningOptions;
import io.github.lora4j.train.FineTuningResult;
import io.github.lora4j.train.RunInfo;
import io.github.lora4j.train.StepReport;
import io.github.lora4j.train.StopReason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** One run of the fine-tuner: steps, evaluations between them, and what they leave. */
public final class FineTuningRun {
  private final TrainedModel model;
  private final RunInfo info;
  private final RunLength length;
  private final StepBatches batches;
  private final TrainingStep step;
  private final EvaluationRounds evaluations;
  private final RunOutcome outcome;
  private final RunAudience audience;
  private final List<StepReport> reports = new ArrayList<>();

  private FineTuningRun(
      TrainedModel model,
      RunInfo info,
      RunLength length,
      StepBatches batches,
      TrainingStep step,
      EvaluationRounds evaluations,
      RunOutcome outcome,
      RunAudience audience) {
    this.model = model;
    this.info = info;
    this.length = length;
    this.batches = batches;
    this.step = step;
    this.evaluations = evaluations;
    this.outcome = outcome;
    this.audience = audience;
  }

  /**
   * Trains a model. Everything that can be wrong with model, data and options is found before the
   * first step.
   *
   * @param model the model
   * @param training what to train on
   * @param evaluation what to evaluate on, if it is not split off
   * @param options how
   * @return the run
   * @throws io.github.lora4j.LoraException as {@link io.github.lora4j.train.FineTuner#fit} says
   */
  public static FineTuningResult run(
      TrainedModel model,
      InstructionDataset training,
      Optional<InstructionDataset> evaluation,
      FineTuningOptions options) {
    RunData data = RunData.of(training, evaluation, options, model.decoder());
    options.outputDir().ifPresent(OutputDirectory::requireWritable);
    RunLength length = RunLength.of(data.training().examples().size(), options);
    Optional<HeldOutLoss> heldOut =
        data.evaluation().map(held -> new HeldOutLoss(model, held, options.batchSize()));
    try (TrainingStep step = new TrainingStep(model, options, length.steps());
        RunOutcome outcome = new RunOutcome(model, step.trainable(), options);
        RunAudience audience =
            new RunAudience(
                ProgressDisplay.of(options.progress(), length.steps()), options, length.steps())) {
      return new FineTuningRun(
              model,
              info(model, data, length, options),
              length,
              new StepBatches(data.training(), length, options.seed()),
              step,
              new EvaluationRounds(heldOut, options.evaluation(), length.stepsPerEpoch()),
              outcome,
              audience)
          .run();
    }
  }

  private static RunInfo info(
      TrainedModel model, RunData data, RunLength length, FineTuningOptions options) {
    ModelFacts facts = model.facts();
    return new RunInfo(
        facts.name(),
        facts.name(),
        facts.adapter(),
        facts.parameters(),
        model.manager().getDevice().toString(),
        data.training().examples().size(),
        data.evaluation().map(held -> held.examples().size()).orElse(0),
        length.steps(),
        length.stepsPerEpoch(),
        options);
  }

  private FineTuningResult run() {
    try {
      audience.start(info, step.optimizer());
      audience.askBefore(model);
      return trainAndSettle();
    } catch (RuntimeException e) {
      audience.failure(e);
      throw e;
    }
  }

  private FineTuningResult trainAndSettle() {
    long begin = System.nanoTime();
    StopReason reason = train();
    if (evaluations.isMissing(reports.size())) {
      evaluate(reports.size());
    }
    step.settle();
    outcome.settle();
    FineTuningResult result = result(Duration.ofNanos(System.nanoTime() - begin), reason);
    audience.askAfter(model);
    audience.end(result);
    return result;
  }

  private StopReason train() {
    for (int number = 1; number <= length.steps(); number++) {
      StepReport report = step.make(number, batches.next());
      requireFinite(report);
      reports.add(report);
      audience.step(report);
      if (evaluations.isDue(number)) {
        evaluate(number);
        if (evaluations.patienceIsOver()) {
          return StopReason.EARLY_STOPPED;
        }
      }
      if (audience.wantsStop()) {
        return StopReason.STOPPED_BY_LISTENER;
      }
    }
    return StopReason.COMPLETED;
  }

  private void evaluate(int number) {
    EvaluationReport report = evaluations.evaluate(number);
    if (!Double.isFinite(report.loss())) {
      throw new TrainingException(
          "evaluation after step %d of %d: the loss is %s, expected a finite number; %s"
              .formatted(number, length.steps(), report.loss(), Divergence.ADVICE));
    }
    if (evaluations.isLowest()) {
      outcome.markBest();
    }
    audience.evaluation(report);
  }

  private void requireFinite(StepReport report) {
    if (Divergence.in(report)) {
      step.settle();
      throw Divergence.rescue(report, length.steps(), outcome);
    }
  }

  private FineTuningResult result(Duration duration, StopReason reason) {
    return new FineTuningResult(
        reports.size(),
        length.epochsAfter(reports.size()),
        reports,
        evaluations.reports(),
        evaluations.lowest(),
        reports.stream().mapToLong(StepReport::tokens).sum(),
        duration,
        reason,
        audience.warnings());
  }
}
