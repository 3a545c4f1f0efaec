// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.http;

import io.github.lora4j.examples.serve.openai.ApiError;
import io.github.lora4j.examples.serve.openai.ApiException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Threads that may wait: one for each request that is read, or streamed. */
final class Workers implements AutoCloseable {
  private static final long STACK_BYTES = 512 << 10;
  private static final long IDLE_SECONDS = 30;

  private final ThreadPoolExecutor threads;
  private final AtomicInteger number = new AtomicInteger();

  Workers(int most) {
    threads =
        new ThreadPoolExecutor(
            0, most, IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), this::thread);
  }

  private Thread thread(Runnable task) {
    Thread thread = new Thread(null, task, "lora4j-http-" + number.incrementAndGet(), STACK_BYTES);
    thread.setDaemon(true);
    return thread;
  }

  /**
   * Runs a task.
   *
   * @throws ApiException with status 429 if all threads are taken
   */
  void run(Runnable task) {
    try {
      threads.execute(task);
    } catch (RejectedExecutionException e) {
      throw new ApiException(ApiError.tooMany("The server works on too many requests at once"));
    }
  }

  @Override
  public void close() {
    threads.shutdown();
  }
}
