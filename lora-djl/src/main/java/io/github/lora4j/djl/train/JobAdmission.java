package io.github.lora4j.djl.train;

import ai.djl.engine.Engine;
import io.github.lora4j.TrainableParameters;
import io.github.lora4j.djl.inject.AdapterSet;
import io.github.lora4j.train.FineTuningOptions;
import io.github.lora4j.train.FineTuningResult;
import io.github.lora4j.train.StopReason;
import io.github.lora4j.train.multi.JobResult;
import io.github.lora4j.train.multi.MultiLoraJob;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/** Puts the adapter of a job on the model, if job and model fit. */
final class JobAdmission {
  private final TrainedModel model;
  private final AdapterSet adapters;

  JobAdmission(TrainedModel model, AdapterSet adapters) {
    this.model = model;
    this.adapters = adapters;
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
    RunData.of(job.data(), Optional.empty(), options, model.decoder());
    options.outputDir().ifPresent(OutputDirectory::requireWritable);
    addAdapter(job);
    return new JobRun(job, savingOnly(job.name()), adapters.get(job.name()), servedTokens);
  }

  private void addAdapter(MultiLoraJob job) {
    Engine.getEngine("PyTorch").setRandomSeed((int) job.options().seed());
    adapters.add(job.name(), job.config());
    try {
      adapters.get(job.name()).requireRowWise();
    } catch (RuntimeException e) {
      adapters.delete(job.name());
      throw e;
    }
  }

  private TrainedModel savingOnly(String adapter) {
    return new TrainedModel(
        model.decoder(),
        model.manager(),
        model.checkpointing(),
        steps -> StepHooks.NONE,
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
