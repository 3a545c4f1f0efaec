// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.optim;

import io.github.lora4j.TrainingException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Moves pages between memory and file, one after the other on a thread of its own: what is written
 * out of a frame is on its way before the frame is read into. The thread of the training never
 * touches the file, because an interrupt of it would close it.
 */
final class PageTraffic implements AutoCloseable {
  private final int pageSize;
  private final Supplier<PageFile> opener;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread made = new Thread(task, "lora4j-optimizer-pages");
            made.setDaemon(true);
            return made;
          });
  private final AtomicLong reads = new AtomicLong();
  private final AtomicLong writes = new AtomicLong();
  private @Nullable PageFile file;
  private volatile @Nullable RuntimeException failure;

  PageTraffic(int pageSize, Supplier<PageFile> opener) {
    this.pageSize = pageSize;
    this.opener = opener;
  }

  /** Takes space for so many pages on the disk; the file is made when the first is. */
  void reserve(int pages) {
    await(
        submit(
            () -> {
              if (file == null) {
                file = opener.get();
              }
              file.reserve((long) pages * pageSize);
            }));
  }

  Future<?> read(Frame frame, int page) {
    reads.incrementAndGet();
    return submit(() -> opened().read(frame.bytes(), (long) page * pageSize));
  }

  /** If it fails, whatever is waited for next fails. */
  void write(Frame frame, int page) {
    writes.incrementAndGet();
    var unused = submit(() -> opened().write(frame.bytes(), (long) page * pageSize));
  }

  Future<?> clear(Frame frame) {
    return submit(frame::clear);
  }

  private PageFile opened() {
    if (file == null) {
      throw new IllegalStateException("no page was reserved");
    }
    return file;
  }

  private Future<?> submit(Runnable task) {
    return thread.submit(
        () -> {
          if (failure != null) {
            return;
          }
          try {
            task.run();
          } catch (RuntimeException e) {
            failure = e;
          }
        });
  }

  /** Waits for a transfer, interrupted or not. */
  void await(Future<?> transfer) {
    boolean interrupted = false;
    while (true) {
      try {
        transfer.get();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      } catch (ExecutionException e) {
        throw new IllegalStateException(e.getCause());
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    requireHealthy();
  }

  /** After a failed transfer some state is lost, so that nothing may go on. */
  void requireHealthy() {
    RuntimeException failed = failure;
    if (failed != null) {
      throw new TrainingException(String.valueOf(failed.getMessage()), failed);
    }
  }

  long reads() {
    return reads.get();
  }

  long writes() {
    return writes.get();
  }

  /** Lets go of the file, without what is still to be written. */
  @Override
  public void close() {
    Future<?> closed =
        thread.submit(
            () -> {
              if (file != null) {
                file.close();
                file = null;
              }
            });
    thread.shutdown();
    try {
      await(closed);
    } catch (TrainingException e) {
      // Was thrown when it happened.
    }
  }
}
