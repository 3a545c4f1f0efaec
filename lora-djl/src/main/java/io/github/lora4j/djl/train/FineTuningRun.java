package io.github.lora4j.djl.train;

import io.github.lora4j.TrainingException;
import io.github.lora4j.data.InstructionDataset;
import io.github.lora4j.djl.progress.ProgressDisplay;
import io.github.lora4j.train.EvaluationReport;
import io.github.lora4j.train.FineTuningListener;
import io.github.lora4j.train.FineTuningOptions;
import io.github.lora4j.train.FineTuningResult;
import io.github.lora4j.train.RunStart;
import io.github.lora4j.train.StepReport;
import io.github.lora4j.train.StopReason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** One run of the fine-tuner: steps, evaluations between them, and what they leave. */
public final class FineTuningRun {
  private final RunLength length;
  private final StepBatches batches;
  private final TrainingStep step;
  private final EvaluationRounds evaluations;
  private final RunOutcome outcome;
  private final RunCheckpoints checkpoints;
  private final List<FineTuningListener> listeners;
  private final List<StepReport> reports = new ArrayList<>();
  private long begin = System.nanoTime();

  private FineTuningRun(
      RunLength length,
      StepBatches batches,
      TrainingStep step,
      EvaluationRounds evaluations,
      RunOutcome outcome,
      RunCheckpoints checkpoints,
      List<FineTuningListener> listeners) {
    this.length = length;
    this.batches = batches;
    this.step = step;
    this.evaluations = evaluations;
    this.outcome = outcome;
    this.checkpoints = checkpoints;
    this.listeners = listeners;
  }

  /**
   * Trains a model. Everything that can be wrong with model, data and options is found before the
   * first step.
   *
   * @param model the model
   * @param training what to train on
   * @param evaluation what to evaluate on, if it is not split off
   * @param options how
   * @param start where to begin
   * @return the run
   * @throws io.github.lora4j.LoraException as {@link io.github.lora4j.train.FineTuner#fit} says
   */
  public static FineTuningResult run(
      TrainedModel model,
      InstructionDataset training,
      Optional<InstructionDataset> evaluation,
      FineTuningOptions options,
      RunStart start) {
    RunData data = RunData.of(training, evaluation, options, model.decoder());
    try (OutputDirectory output = OutputDirectory.take(options.outputDir())) {
      RunCheckpoints checkpoints =
          RunCheckpoints.open(
              options,
              start,
              () -> RunFingerprint.of(model, RunFingerprint.base(model.decoder()), data, options));
      return run(model, data, options, checkpoints);
    }
  }

  private static FineTuningResult run(
      TrainedModel model, RunData data, FineTuningOptions options, RunCheckpoints checkpoints) {
    RunLength length = RunLength.of(data.training().examples().size(), options);
    Optional<HeldOutLoss> heldOut =
        data.evaluation().map(held -> new HeldOutLoss(model, held, options.batchSize()));
    try (TrainingStep step = new TrainingStep(model, options, length.steps());
        RunOutcome outcome = new RunOutcome(model, step.trainable(), options);
        ProgressDisplay progress = ProgressDisplay.of(options.progress(), length.steps())) {
      List<FineTuningListener> listeners = new ArrayList<>(options.listeners());
      listeners.add(0, progress);
      FineTuningRun run =
          new FineTuningRun(
              length,
              new StepBatches(data.training(), length, options.seed()),
              step,
              new EvaluationRounds(heldOut, options.evaluation(), length.stepsPerEpoch()),
              outcome,
              checkpoints,
              listeners);
      run.begin(new AdapterPart(model));
      return run.run();
    }
  }

  /** Goes to where the run was interrupted, if it was. */
  private void begin(AdapterPart adapter) {
    List<CheckpointedPart> parts = new ArrayList<>(step.parts());
    parts.add(outcome.part());
    parts.add(adapter);
    RunRecord before = checkpoints.begin(parts);
    reports.addAll(before.steps());
    before.evaluations().forEach(evaluations::add);
    batches.skipSteps(reports.size());
    step.skipPasses(before.passes());
    begin -= before.nanos();
  }

  private FineTuningResult run() {
    StopReason reason = train();
    checkpoint();
    if (reason != StopReason.STOPPED_BY_SIGNAL && evaluations.isMissing(reports.size())) {
      evaluate(reports.size());
    }
    step.settle();
    outcome.settle();
    FineTuningResult result = result(reason);
    listeners.forEach(listener -> listener.onEnd(result));
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
    listeners.forEach(listener -> listener.onStep(report));
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
    return listeners.stream().anyMatch(FineTuningListener::wantsStop)
        ? Optional.of(StopReason.STOPPED_BY_LISTENER)
        : Optional.empty();
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
    EvaluationReport report = evaluations.evaluate(number);
    if (!Double.isFinite(report.loss())) {
      throw new TrainingException(
          "evaluation after step %d of %d: the loss is %s, expected a finite number; %s"
              .formatted(number, length.steps(), report.loss(), Divergence.ADVICE));
    }
    if (evaluations.isLowest()) {
      outcome.markBest();
    }
    listeners.forEach(listener -> listener.onEvaluation(report));
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
        reason);
  }
}
