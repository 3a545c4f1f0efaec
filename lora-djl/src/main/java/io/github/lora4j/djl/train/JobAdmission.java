// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import ai.djl.engine.Engine;
import io.github.lora4j.TrainableParameters;
import io.github.lora4j.djl.inject.AdapterSet;
import io.github.lora4j.djl.train.checkpoint.CheckpointStore;
import io.github.lora4j.train.FineTuningOptions;
import io.github.lora4j.train.FineTuningResult;
import io.github.lora4j.train.RunStart;
import io.github.lora4j.train.StopReason;
import io.github.lora4j.train.multi.JobResult;
import io.github.lora4j.train.multi.MultiLoraJob;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/** Puts the adapter of a job on the model, if job and model fit. */
final class JobAdmission {
  private final TrainedModel model;
  private final AdapterSet adapters;
  private final RunStart start;
  private Optional<String> base = Optional.empty();

  /**
   * Prepares.
   *
   * @param model the model
   * @param adapters the adapters on it
   * @param start whether jobs go on from their newest checkpoints; those without any begin
   */
  JobAdmission(TrainedModel model, AdapterSet adapters, RunStart start) {
    this.model = model;
    this.adapters = adapters;
    this.start = start;
  }

  /**
   * Lets a job in.
   *
   * @param servedTokens what it counts as served with
   * @return the job, its adapter not in use yet
   * @throws io.github.lora4j.LoraException if something does not fit; nothing was added then
   */
  JobRun admit(MultiLoraJob job, long servedTokens) {
    FineTuningOptions options = job.options();
    RunData data = RunData.of(job.data(), job.evaluation(), options, model.decoder());
    OutputDirectory output = OutputDirectory.take(options.outputDir());
    try {
      addAdapter(job);
      return begun(job, data, output, servedTokens);
    } catch (RuntimeException e) {
      output.close();
      throw e;
    }
  }

  private JobRun begun(MultiLoraJob job, RunData data, OutputDirectory output, long servedTokens) {
    try {
      TrainedModel own = alone(job.name());
      RunCheckpoints checkpoints =
          RunCheckpoints.open(
              job.options(),
              startOf(job.options()),
              () -> RunFingerprint.of(own, base(), data, job.options()));
      return new JobRun(job, data, own, adapters, output, checkpoints, servedTokens);
    } catch (RuntimeException e) {
      adapters.delete(job.name());
      throw e;
    }
  }

  private RunStart startOf(FineTuningOptions options) {
    boolean begunBefore =
        options.outputDir().filter(dir -> !new CheckpointStore(dir).all().isEmpty()).isPresent();
    return begunBefore ? start : RunStart.fresh();
  }

  /** Read once, as jobs come late and the base stays as it is. */
  private String base() {
    String known = base.orElseGet(() -> RunFingerprint.base(model.decoder()));
    base = Optional.of(known);
    return known;
  }

  private void addAdapter(MultiLoraJob job) {
    Engine.getEngine("PyTorch").setRandomSeed((int) job.options().seed());
    adapters.add(job.name(), job.config());
    try {
      adapters.get(job.name()).requireFactorsAlone();
    } catch (RuntimeException e) {
      adapters.delete(job.name());
      throw e;
    }
  }

  /** The model as one job sees it. */
  private TrainedModel alone(String adapter) {
    return new TrainedModel(
        model.decoder(),
        model.manager(),
        model.checkpointing(),
        steps ->
            new StepHooks(adapters.get(adapter).stepHook(OptionalInt.of(steps)).stream().toList()),
        directory -> adapters.save(adapter, directory),
        facts(adapter),
        model.answers());
  }

  private ModelFacts facts(String adapter) {
    long own =
        adapters.get(adapter).trained().values().stream()
            .mapToLong(parameter -> parameter.getArray().size())
            .sum();
    long total = model.facts().parameters().total() + own;
    return new ModelFacts(
        model.facts().name(),
        Optional.ofNullable(adapters.configs().get(adapter)),
        new TrainableParameters(own, total));
  }

  /** What is reported of a job that was not let in. */
  static JobResult refused(MultiLoraJob job, RuntimeException why) {
    FineTuningResult nothing =
        new FineTuningResult(
            0,
            0,
            List.of(),
            List.of(),
            OptionalDouble.empty(),
            0,
            Duration.ZERO,
            StopReason.FAILED,
            List.of());
    return new JobResult(job.name(), nothing, Optional.of(why));
  }
}
