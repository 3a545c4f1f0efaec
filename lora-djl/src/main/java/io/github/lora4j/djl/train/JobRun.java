package io.github.lora4j.djl.train;

import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import io.github.lora4j.djl.inject.InstalledAdapter;
import io.github.lora4j.djl.progress.ProgressDisplay;
import io.github.lora4j.djl.progress.ResidentMemory;
import io.github.lora4j.train.FineTuningOptions;
import io.github.lora4j.train.FineTuningResult;
import io.github.lora4j.train.RunInfo;
import io.github.lora4j.train.StepReport;
import io.github.lora4j.train.StopReason;
import io.github.lora4j.train.multi.JobResult;
import io.github.lora4j.train.multi.JobTurn;
import io.github.lora4j.train.multi.MultiLoraJob;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/** One job of a fused run: all that is its own. */
final class JobRun implements AutoCloseable {
  private final MultiLoraJob job;
  private final RunLength length;
  private final StepBatches batches;
  private final TrainedParameters trained;
  private final NDManager manager;
  private final ModelFacts facts;
  private final RunOptimizer optimizer;
  private final RunOutcome outcome;
  private final RunAudience audience;
  private final OutputDirectory output;
  private final RunCheckpoints checkpoints;
  private final RunRecord before;
  private final List<StepReport> reports = new ArrayList<>();
  private final long begin;
  private JobStep next;
  private long servedTokens;

  /**
   * Begins, or goes on where the job was interrupted.
   *
   * @param job the job, whose data are known to fit the model
   * @param model saves the job's adapter
   * @param adapter the job's adapter, on the model
   * @param output the job's, closed with this
   * @param checkpoints where it goes on from, and what it writes
   * @param servedTokens what it counts as served with if it is new
   */
  JobRun(
      MultiLoraJob job,
      TrainedModel model,
      InstalledAdapter adapter,
      OutputDirectory output,
      RunCheckpoints checkpoints,
      long servedTokens) {
    this.job = job;
    this.output = output;
    this.checkpoints = checkpoints;
    FineTuningOptions options = job.options();
    length = RunLength.of(job.data().examples().size(), options);
    batches = new StepBatches(job.data(), length, options.seed());
    trained = new TrainedParameters(named(adapter), model.decoder().ops().zero());
    manager = model.manager();
    facts = model.facts();
    optimizer = RunOptimizer.of(options, length.steps());
    outcome = new RunOutcome(model, trained.byName(), options);
    audience =
        new RunAudience(
            ProgressDisplay.ofOne(options.progress(), job.name(), length.steps()),
            options,
            length.steps());
    before = resume(model);
    begin = System.nanoTime() - before.nanos();
    this.servedTokens = reports.isEmpty() ? servedTokens : trainedTokens();
    batches.skipSteps(reports.size());
    next = new JobStep(batches.nextRows());
  }

  private RunRecord resume(TrainedModel model) {
    AsUnfrozen values = new AsUnfrozen(trained.byName(), model.decoder().ops().copyInto());
    try {
      RunRecord record =
          checkpoints.begin(
              List.of(
                  TrainingStep.parameters(values),
                  optimizer,
                  outcome.part(),
                  new AdapterPart(model)));
      reports.addAll(record.steps());
      return record;
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private static Map<String, Parameter> named(InstalledAdapter adapter) {
    Map<String, Parameter> byName = new LinkedHashMap<>();
    adapter
        .trained()
        .forEach((tensor, parameter) -> byName.put(adapter.name() + "." + tensor, parameter));
    return byName;
  }

  /** Tells its listeners that it begins. */
  void start() {
    RunInfo info =
        new RunInfo(
            name(),
            facts.name(),
            facts.adapter(),
            facts.parameters(),
            manager.getDevice().toString(),
            job.data().examples().size(),
            0,
            length.steps(),
            length.stepsPerEpoch(),
            job.options());
    audience.start(info, optimizer);
    audience.remember(before);
  }

  String name() {
    return job.name();
  }

  long servedTokens() {
    return servedTokens;
  }

  JobTurn turn() {
    return new JobTurn(
        name(), job.priority(), servedTokens, length.steps() - reports.size(), next.tokensAtOnce());
  }

  /** The step to be made next. */
  JobStep next() {
    return next;
  }

  /**
   * Updates the adapter with the gradients of a step.
   *
   * @param seconds how long the step took until here
   * @return why the job ends, if it does
   * @throws io.github.lora4j.TrainingException if loss or gradient is not finite; then nothing was
   *     updated
   */
  Optional<StopReason> update(double seconds) {
    StepReport report = apply(seconds);
    if (Divergence.in(report)) {
      throw Divergence.rescue(report, length.steps(), outcome);
    }
    reports.add(report);
    servedTokens += report.tokens();
    audience.step(report);
    if (isOver()) {
      return Optional.of(StopReason.COMPLETED);
    }
    if (audience.wantsStop()) {
      return Optional.of(StopReason.STOPPED_BY_LISTENER);
    }
    if (checkpoints.isDue(reports.size())) {
      checkpoint();
    }
    next = new JobStep(batches.nextRows());
    return Optional.empty();
  }

  /** Whether all steps are made, as of one that goes on after its last checkpoint they may be. */
  boolean isOver() {
    return reports.size() == length.steps();
  }

  /** Whether a stop was requested. */
  boolean wantsStop() {
    return checkpoints.wantsStop();
  }

  private void checkpoint() {
    checkpoints.write(
        new RunRecord(checkpoints.identity(), 0, System.nanoTime() - begin, reports, List.of()),
        OptionalInt.empty());
  }

  private long trainedTokens() {
    return reports.stream().mapToLong(StepReport::tokens).sum();
  }

  private StepReport apply(double seconds) {
    int number = reports.size() + 1;
    double loss = next.loss();
    double norm = Double.NaN;
    if (Double.isFinite(loss)) {
      norm = ParameterUpdates.clipGradientNorm(trained, manager, job.options().maxGradientNorm());
    }
    if (Double.isFinite(norm)) {
      ParameterUpdates.step(trained, optimizer.rule(), StepHooks.NONE, number);
    }
    float rate = optimizer.learningRate().getNewValue(number);
    return new StepReport(
        number, loss, rate, norm, next.tokens(), next.tokens() / seconds, ResidentMemory.bytes());
  }

  /** Saves the adapter and says so. */
  JobResult end(StopReason reason) {
    checkpoint();
    outcome.settle();
    FineTuningResult result = result(reason);
    audience.end(result);
    return new JobResult(name(), result, Optional.empty());
  }

  /** What came of it until it was cancelled; nothing is saved. */
  JobResult cancelled() {
    FineTuningResult result = result(StopReason.CANCELLED);
    audience.cancelled(result);
    return new JobResult(name(), result, Optional.empty());
  }

  /** What came of it until it failed. */
  JobResult failed(RuntimeException failure) {
    audience.failure(failure);
    return new JobResult(name(), result(StopReason.FAILED), Optional.of(failure));
  }

  private FineTuningResult result(StopReason reason) {
    return new FineTuningResult(
        reports.size(),
        length.epochsAfter(reports.size()),
        reports,
        List.of(),
        OptionalDouble.empty(),
        trainedTokens(),
        Duration.ofNanos(System.nanoTime() - begin),
        reason,
        audience.warnings());
  }

  @Override
  public void close() {
    audience.close();
    outcome.close();
    optimizer.close();
    output.close();
  }
}
