// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.serve;

import io.github.lora4j.LoraException;
import io.github.lora4j.djl.paged.AdapterLoading;
import io.github.lora4j.djl.paged.AdapterSheet;
import io.github.lora4j.djl.paged.ResidentAdapters;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Inspects and reads adapters on a thread of its own, so that decoding goes on meanwhile. */
final class AdapterLoader implements AutoCloseable {
  private final ResidentAdapters adapters;
  private final Runnable onDone;
  private final ExecutorService thread;
  private final Queue<Consumer<Receiver>> done = new ConcurrentLinkedQueue<>();

  /** Takes what became of adapters. */
  interface Receiver {
    /** It was inspected. */
    void inspected(AdapterEntry entry, AdapterSheet sheet);

    /** Its factors lie in its pages. */
    void read(AdapterEntry entry);

    /** One of the two could not be done. */
    void failed(AdapterEntry entry, RuntimeException cause);
  }

  /**
   * Starts without work.
   *
   * @param adapters the pool's
   * @param name of the thread
   * @param onDone told when {@link #deliver} has something new
   */
  AdapterLoader(ResidentAdapters adapters, String name, Runnable onDone) {
    this.adapters = adapters;
    this.onDone = onDone;
    thread =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread created = new Thread(task, name);
              created.setDaemon(true);
              return created;
            });
  }

  /** Looks what an adapter is. */
  void inspect(AdapterEntry entry) {
    submit(
        entry,
        () -> {
          AdapterSheet sheet = adapters.inspect(entry.key(), entry.directory());
          return receiver -> receiver.inspected(entry, sheet);
        });
  }

  /** Reads an adapter's factors. */
  void read(AdapterEntry entry, AdapterLoading loading) {
    submit(
        entry,
        () -> {
          loading.read();
          return receiver -> receiver.read(entry);
        });
  }

  private void submit(AdapterEntry entry, Supplier<Consumer<Receiver>> work) {
    thread.execute(
        () -> {
          done.add(outcome(entry, work));
          onDone.run();
        });
  }

  private static Consumer<Receiver> outcome(AdapterEntry entry, Supplier<Consumer<Receiver>> work) {
    try {
      return work.get();
    } catch (RuntimeException e) {
      return receiver -> receiver.failed(entry, e);
    } catch (Error e) {
      LoraException told = new LoraException("cannot load " + entry.directory() + ": " + e, e);
      return receiver -> receiver.failed(entry, told);
    }
  }

  /** Hands over what was done since the last call. */
  void deliver(Receiver receiver) {
    for (Consumer<Receiver> next = done.poll(); next != null; next = done.poll()) {
      next.accept(receiver);
    }
  }

  /** Waits for what is being read now; nothing is read afterwards. */
  @Override
  public void close() {
    thread.shutdownNow();
    boolean interrupted = false;
    boolean ended = false;
    while (!ended) {
      try {
        ended = thread.awaitTermination(1, TimeUnit.MINUTES);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
