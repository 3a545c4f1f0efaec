// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.train.multi;

import io.github.lora4j.ConfigurationException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Jobs on their way into a run, and names of those that are to leave it. Any thread may submit and
 * cancel; the thread that trains takes.
 */
public final class JobQueue {
  private final Set<String> names = new LinkedHashSet<>();
  private final Set<String> cancelled = new LinkedHashSet<>();
  private List<MultiLoraJob> waiting = new ArrayList<>();
  private boolean closed;

  /** Starts empty. */
  JobQueue() {}

  /**
   * Adds a job.
   *
   * @param job the job
   * @throws ConfigurationException if there is or was a job of that name
   * @throws IllegalStateException if the run is over
   */
  synchronized void submit(MultiLoraJob job) {
    if (closed) {
      throw new IllegalStateException(
          "job \"%s\" came after the run was over; give it to a new MultiLoraTrainer"
              .formatted(job.name()));
    }
    if (!names.add(job.name())) {
      throw new ConfigurationException(
          "a job \"%s\" exists already; choose another name".formatted(job.name()));
    }
    waiting.add(job);
  }

  /**
   * Marks a job as not wanted any more.
   *
   * @param name its name
   * @throws ConfigurationException if there never was a job of that name
   */
  synchronized void cancel(String name) {
    if (!names.contains(name)) {
      throw new ConfigurationException("no job \"%s\"; there are %s".formatted(name, names));
    }
    cancelled.add(name);
  }

  /**
   * Takes all jobs that wait. If none waits and none is live, the queue is closed: a job that comes
   * later is refused and not forgotten.
   *
   * @param anyLive whether the run goes on in any case
   * @return the jobs, in the order they were submitted
   */
  public synchronized List<MultiLoraJob> take(boolean anyLive) {
    List<MultiLoraJob> taken = waiting;
    waiting = new ArrayList<>();
    closed = closed || (taken.isEmpty() && !anyLive);
    return taken;
  }

  /**
   * Whether a job was cancelled.
   *
   * @param name its name
   * @return true from {@link MultiLoraTrainer#cancel} on
   */
  public synchronized boolean isCancelled(String name) {
    return cancelled.contains(name);
  }

  /** Refuses jobs from now on. */
  public synchronized void close() {
    closed = true;
  }
}
