// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import io.github.lora4j.ConfigurationException;
import io.github.lora4j.djl.inject.AdapterSet;
import io.github.lora4j.train.RunStart;
import io.github.lora4j.train.StopReason;
import io.github.lora4j.train.multi.JobQueue;
import io.github.lora4j.train.multi.JobResult;
import io.github.lora4j.train.multi.MultiLoraJob;
import io.github.lora4j.train.multi.MultiLoraOptions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One run of several jobs over one base. Jobs come and go between steps only, so that a step's
 * gradients always find their adapters.
 */
public final class MultiLoraRun implements AutoCloseable {
  private final TrainedModel model;
  private final AdapterSet adapters;
  private final JobQueue queue;
  private final JobAdmission admission;
  private final TurnScheduler scheduler;
  private final Map<String, JobRun> live = new LinkedHashMap<>();
  private final Map<String, Optional<JobResult>> results = new LinkedHashMap<>();
  private Optional<GradientEngine> engine = Optional.empty();

  private MultiLoraRun(
      TrainedModel model,
      AdapterSet adapters,
      JobQueue queue,
      MultiLoraOptions options,
      RunStart start) {
    this.model = model;
    this.adapters = adapters;
    this.queue = queue;
    admission = new JobAdmission(model, adapters, start);
    scheduler = new TurnScheduler(options);
  }

  /**
   * Trains until no job is left.
   *
   * @param model the model; its saver is not used
   * @param adapters the adapters on it, none in use
   * @param queue where jobs come from; closed when the run is over
   * @param options how steps are formed
   * @param start whether jobs go on from their newest checkpoints
   * @return one result a job, in the order they were submitted
   * @throws ConfigurationException if there is no job at all
   */
  public static List<JobResult> run(
      TrainedModel model,
      AdapterSet adapters,
      JobQueue queue,
      MultiLoraOptions options,
      RunStart start) {
    try (MultiLoraRun run = new MultiLoraRun(model, adapters, queue, options, start)) {
      return run.run();
    }
  }

  private List<JobResult> run() {
    while (takeJobs()) {
      step();
    }
    if (results.isEmpty()) {
      throw new ConfigurationException(
          "MultiLoraTrainer: there is no job; call job(...) on the builder, or submit(...) first");
    }
    return results.values().stream().flatMap(Optional::stream).toList();
  }

  /** Lets jobs in and out until one is live, or none is left. */
  private boolean takeJobs() {
    List<MultiLoraJob> arrived;
    do {
      arrived = queue.take(!live.isEmpty());
      arrived.forEach(this::admit);
      List.copyOf(live.values()).stream()
          .filter(job -> queue.isCancelled(job.name()))
          .forEach(job -> remove(job, job.cancelled()));
      List.copyOf(live.values()).forEach(this::endWithoutStep);
    } while (live.isEmpty() && !arrived.isEmpty());
    return !live.isEmpty();
  }

  private void admit(MultiLoraJob job) {
    results.put(job.name(), Optional.empty());
    // Who joins late is not owed what was served before.
    long served = live.values().stream().mapToLong(JobRun::servedTokens).min().orElse(0);
    JobRun run;
    try {
      run = admission.admit(job, served);
    } catch (RuntimeException e) {
      results.put(job.name(), Optional.of(JobAdmission.refused(job, e)));
      return;
    }
    live.put(job.name(), run);
    engine = Optional.empty();
    try {
      run.start();
    } catch (RuntimeException e) {
      remove(run, run.failed(e));
    }
  }

  /** A job that goes on after its last step has none left; one that is to stop makes none. */
  private void endWithoutStep(JobRun job) {
    job.standingReason().ifPresent(reason -> end(job, reason));
  }

  private void end(JobRun job, StopReason reason) {
    try {
      remove(job, job.end(reason));
    } catch (RuntimeException e) {
      remove(job, job.failed(e));
    }
  }

  private void step() {
    long begin = System.nanoTime();
    List<JobRun> chosen =
        scheduler.choose(live.values().stream().map(JobRun::turn).toList()).stream()
            .map(live::get)
            .toList();
    accumulate(chosen);
    double seconds = Math.max(1, System.nanoTime() - begin) / 1e9;
    chosen.forEach(job -> update(job, seconds));
  }

  private void accumulate(List<JobRun> jobs) {
    int passes = jobs.stream().mapToInt(job -> job.next().microBatches()).max().orElse(0);
    for (int pass = 0; pass < passes; pass++) {
      List<FusedPass.Part> parts = new ArrayList<>();
      for (JobRun job : jobs) {
        if (pass < job.next().microBatches()) {
          parts.add(new FusedPass.Part(job.name(), job.next(), job.next().rows(pass)));
        }
      }
      new FusedPass(parts, adapters).run(engine(), model.manager());
    }
  }

  /** The engine of the adapters that are live now. */
  private GradientEngine engine() {
    if (engine.isEmpty()) {
      adapters.activate(List.copyOf(live.keySet()));
      GradientEngine fresh = new GradientEngine(model.decoder(), model.checkpointing(), 0);
      fresh.zeroGradients();
      engine = Optional.of(fresh);
    }
    return engine.get();
  }

  private void update(JobRun job, double seconds) {
    try {
      Optional<StopReason> reason = job.update(seconds);
      reason.ifPresent(stop -> end(job, stop));
    } catch (RuntimeException e) {
      remove(job, job.failed(e));
    }
  }

  private void remove(JobRun job, JobResult result) {
    results.put(job.name(), Optional.of(result));
    live.remove(job.name());
    engine = Optional.empty();
    job.close();
    adapters.delete(job.name());
  }

  /** Frees what the live jobs hold, if the run broke off. */
  @Override
  public void close() {
    queue.close();
    live.values().forEach(JobRun::close);
  }
}
