// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import io.github.lora4j.djl.inject.AdapterSet;
import io.github.lora4j.djl.inject.InstalledAdapter;
import io.github.lora4j.djl.progress.ProgressDisplay;
import io.github.lora4j.djl.progress.ResidentMemory;
import io.github.lora4j.train.FineTuningOptions;
import io.github.lora4j.train.FineTuningResult;
import io.github.lora4j.train.StepReport;
import io.github.lora4j.train.StopReason;
import io.github.lora4j.train.multi.JobResult;
import io.github.lora4j.train.multi.JobTurn;
import io.github.lora4j.train.multi.MultiLoraJob;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One job of a fused run: all that is its own. */
final class JobRun implements AutoCloseable {
  private final MultiLoraJob job;
  private final RunData data;
  private final RunLength length;
  private final StepHooks hooks;
  private final StepBatches batches;
  private final TrainedParameters trained;
  private final NDManager manager;
  private final ModelFacts facts;
  private final RunOptimizer optimizer;
  private final RunOutcome outcome;
  private final RunAudience audience;
  private final OutputDirectory output;
  private final JobJournal journal;
  private JobStep next;
  private long servedTokens;

  /**
   * Begins, or goes on where the job was interrupted.
   *
   * @param job the job
   * @param data its data, which are known to fit the model
   * @param model as the job sees it
   * @param adapters the adapters on it, the job's among them
   * @param output the job's, closed with this
   * @param checkpoints where it goes on from, and what it writes
   * @param servedTokens what it counts as served with if it is new
   * @throws io.github.lora4j.ConfigurationException if the adapter does not go with so many steps
   */
  JobRun(
      MultiLoraJob job,
      RunData data,
      TrainedModel model,
      AdapterSet adapters,
      OutputDirectory output,
      RunCheckpoints checkpoints,
      long servedTokens) {
    this.job = job;
    this.data = data;
    this.output = output;
    FineTuningOptions options = job.options();
    length = RunLength.of(data.training().examples().size(), options);
    hooks = model.stepHooks().apply(length.steps());
    batches = new StepBatches(data.training(), length, options.seed());
    trained = new TrainedParameters(named(adapters.get(job.name())), model.decoder().ops().zero());
    manager = model.manager();
    facts = model.facts();
    optimizer = RunOptimizer.of(options, length.steps());
    outcome = new RunOutcome(model, trained.byName(), options);
    audience =
        new RunAudience(
            ProgressDisplay.ofOne(options.progress(), job.name(), length.steps()),
            options,
            length.steps());
    journal = begin(model, heldOut(model, adapters), checkpoints);
    this.servedTokens = journal.steps() == 0 ? servedTokens : journal.tokens();
    batches.skipSteps(journal.steps());
    next = new JobStep(batches.nextRows());
  }

  private JobJournal begin(
      TrainedModel model, Optional<HeldOutLoss> heldOut, RunCheckpoints checkpoints) {
    EvaluationRounds rounds =
        new EvaluationRounds(heldOut, job.options().evaluation(), length.stepsPerEpoch());
    AsUnfrozen values = new AsUnfrozen(trained.byName(), model.decoder().ops().copyInto());
    try {
      return JobJournal.begin(
          length,
          checkpoints,
          new RunEvaluations(rounds, outcome, audience, length.steps()),
          List.of(
              TrainingStep.parameters(values),
              TrainingStep.hooks(hooks),
              optimizer,
              outcome.part(),
              new AdapterPart(model)));
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private Optional<HeldOutLoss> heldOut(TrainedModel model, AdapterSet adapters) {
    return data.evaluation()
        .map(
            held ->
                new HeldOutLoss(
                    model,
                    held,
                    job.options().batchSize(),
                    batch -> batch.with(job.name(), adapters)));
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
    audience.start(facts.run(name(), manager.getDevice(), data, length, job.options()), optimizer);
    audience.remember(journal.before());
  }

  String name() {
    return job.name();
  }

  long servedTokens() {
    return servedTokens;
  }

  JobTurn turn() {
    return new JobTurn(
        name(), job.priority(), servedTokens, journal.stepsLeft(), next.tokensAtOnce());
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
    journal.add(report);
    servedTokens += report.tokens();
    audience.step(report);
    journal.evaluateIfDue();
    Optional<StopReason> reason = standingReason();
    if (reason.isEmpty() && audience.wantsStop()) {
      reason = Optional.of(StopReason.STOPPED_BY_LISTENER);
    }
    if (reason.isEmpty()) {
      journal.checkpointIfDue();
      next = new JobStep(batches.nextRows());
    }
    return reason;
  }

  /** Why no step is to be made, whether or not one was. */
  Optional<StopReason> standingReason() {
    return journal.standingReason();
  }

  private StepReport apply(double seconds) {
    int number = journal.steps() + 1;
    double loss = next.loss() + hooks.addTerms();
    double norm = Double.NaN;
    if (Double.isFinite(loss)) {
      norm = ParameterUpdates.clipGradientNorm(trained, manager, job.options().maxGradientNorm());
    }
    if (Double.isFinite(norm)) {
      ParameterUpdates.step(trained, optimizer.rule(), hooks, number);
    }
    float rate = optimizer.learningRate().getNewValue(number);
    return new StepReport(
        number, loss, rate, norm, next.tokens(), next.tokens() / seconds, ResidentMemory.bytes());
  }

  /** Saves the adapter and says so. */
  JobResult end(StopReason reason) {
    journal.end(reason);
    outcome.settle();
    FineTuningResult result = journal.result(reason);
    audience.end(result);
    return new JobResult(name(), result, Optional.empty());
  }

  /** What came of it until it was cancelled; nothing is saved. */
  JobResult cancelled() {
    FineTuningResult result = journal.result(StopReason.CANCELLED);
    audience.cancelled(result);
    return new JobResult(name(), result, Optional.empty());
  }

  /** What came of it until it failed. */
  JobResult failed(RuntimeException failure) {
    audience.failure(failure);
    return new JobResult(name(), journal.result(StopReason.FAILED), Optional.of(failure));
  }

  @Override
  public void close() {
    audience.close();
    hooks.close();
    outcome.close();
    optimizer.close();
    output.close();
  }
}
