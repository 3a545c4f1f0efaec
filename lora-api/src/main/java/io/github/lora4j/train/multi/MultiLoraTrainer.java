// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.train.multi;

import io.github.lora4j.CausalLm;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.spi.LoraProvider;
import io.github.lora4j.train.RunStart;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Trains several adapters at once over one frozen base (m-LoRA: Ye et al., 2023, arXiv 2312.02515).
 *
 * <pre>{@code
 * List<JobResult> results =
 *     MultiLoraTrainer.builder()
 *         .job(MultiLoraJob.of("french", french, frenchData, tuner.outputDir(a).build()))
 *         .job(MultiLoraJob.of("german", german, germanData, tuner.outputDir(b).build()))
 *         .maxTokensPerStep(2048)
 *         .build()
 *         .fit(base);
 * }</pre>
 *
 * <p>A step takes the next micro-batch of each job as one ragged batch (BatchLoRA): the base's
 * products run once over all rows, each adapter over its own. Losses, clipping, optimizers and
 * schedules stay apart, so that a job ends as if {@link io.github.lora4j.train.FineTuner} had
 * trained it alone. A job whose loss or gradient is not finite, whose data or configuration does
 * not fit, or whose listener throws, is stopped and reported; the others go on.
 *
 * <p>For one run. {@link #submit} and {@link #cancel} may be called from any thread, the listeners
 * of jobs included; everything else happens on the thread that calls {@link #fit}.
 */
public final class MultiLoraTrainer {
  private final MultiLoraOptions options;
  private final JobQueue queue = new JobQueue();
  private final AtomicBoolean started = new AtomicBoolean();

  MultiLoraTrainer(MultiLoraOptions options, List<MultiLoraJob> jobs) {
    this.options = options;
    jobs.forEach(queue::submit);
  }

  /**
   * Starts with the defaults.
   *
   * @return the builder
   */
  public static MultiLoraTrainerBuilder builder() {
    return new MultiLoraTrainerBuilder();
  }

  /**
   * Trains until no job is left. Adapters are saved to their jobs' directories as the jobs end; of
   * one that diverges, as it was before that step. The base is as it was.
   *
   * @param base a model of {@link io.github.lora4j.HuggingFaceModel#load}, quantised or not,
   *     without adapters
   * @return one result a job, in the order they were submitted
   * @throws ConfigurationException if the base has adapters or is of another kind
   * @throws IllegalStateException if this trainer has run already
   */
  public List<JobResult> fit(CausalLm base) {
    return run(base, RunStart.fresh());
  }

  /**
   * Goes on with jobs that were interrupted: each after the newest whole checkpoint in its output
   * directory, as {@link io.github.lora4j.train.FineTuner#resume} does; a job without checkpoints
   * begins, and one that was over stays as it was. Every job still ends as if it had trained alone
   * and without an interruption.
   *
   * @param base as for {@link #fit}
   * @return one result a job, in the order they were submitted; a job whose checkpoints are damaged
   *     or of another run has failed
   * @throws ConfigurationException if the base has adapters or is of another kind
   * @throws IllegalStateException if this trainer has run already
   */
  public List<JobResult> resume(CausalLm base) {
    return run(base, RunStart.latest());
  }

  private List<JobResult> run(CausalLm base, RunStart start) {
    if (started.getAndSet(true)) {
      throw new IllegalStateException(
          "a MultiLoraTrainer is for one run; build another one for the next");
    }
    return LoraProvider.get().fineTuneTogether(base, queue, options, start);
  }

  /**
   * Adds a job; if the run goes on, it joins the next step.
   *
   * @param job the job
   * @throws ConfigurationException if there is or was a job of that name
   * @throws IllegalStateException if the run is over
   */
  public void submit(MultiLoraJob job) {
    queue.submit(job);
  }

  /**
   * Takes a job out before the next step; its adapter is not saved. A job that is over stays as it
   * is.
   *
   * @param name its name
   * @throws ConfigurationException if there never was a job of that name
   */
  public void cancel(String name) {
    queue.cancel(name);
  }
}
