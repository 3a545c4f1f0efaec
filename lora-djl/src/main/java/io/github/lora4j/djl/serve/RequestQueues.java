// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.serve;

import io.github.lora4j.serve.RequestRejectedException;
import io.github.lora4j.serve.RequestRejectedException.Reason;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/**
 * The requests that wait, a queue for each adapter and one for the base. The queue that was served
 * least is next: each has a counter of the work done for it (Sheng et al., 2024, "Fairness in
 * Serving Large Language Models": virtual token counter), and a queue that was empty starts no
 * lower than those that wait already. Safe for use by several threads.
 */
final class RequestQueues {
  private final int most;
  private final int mostOfOne;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Map<String, RequestQueue> queues = new HashMap<>();
  private int size;
  private boolean closed;
  private boolean signalled;

  /**
   * Starts empty.
   *
   * @param most requests that may wait
   * @param mostOfOne requests that may wait for one adapter
   */
  RequestQueues(int most, int mostOfOne) {
    this.most = most;
    this.mostOfOne = mostOfOne;
  }

  /**
   * Adds a request at the end of its queue.
   *
   * @throws RequestRejectedException if there is no room, or the queues are closed
   */
  void add(ServedSequence request) {
    lock.lock();
    try {
      RequestQueue queue = queue(request.adapterKey());
      requireRoom(queue, request);
      if (queue.isEmpty()) {
        queue.raiseTo(leastServed());
      }
      queue.add(request);
      size++;
      wake();
    } finally {
      lock.unlock();
    }
  }

  private void requireRoom(RequestQueue queue, ServedSequence request) {
    if (closed) {
      throw new RequestRejectedException(
          Reason.CLOSED, "the server is closing; submit to another one");
    }
    if (size >= most) {
      throw new RequestRejectedException(
          Reason.QUEUE_FULL,
          "%d requests wait already, as many as maxQueued allows; submit again later"
              .formatted(size));
    }
    if (queue.size() >= mostOfOne) {
      throw new RequestRejectedException(
          Reason.ADAPTER_QUEUE_FULL,
          "%d requests wait already for %s, as many as maxQueuedPerAdapter allows; submit again later"
              .formatted(
                  queue.size(),
                  request.adapterName().map("the adapter \"%s\""::formatted).orElse("the base")));
    }
  }

  private RequestQueue queue(String key) {
    return queues.computeIfAbsent(key, k -> new RequestQueue());
  }

  private long leastServed() {
    return queues.values().stream()
        .filter(queue -> !queue.isEmpty())
        .mapToLong(RequestQueue::served)
        .min()
        .orElse(0);
  }

  /** The first request of each queue, the queue that was served least first. */
  List<ServedSequence> heads() {
    lock.lock();
    try {
      return queues.values().stream()
          .filter(queue -> !queue.isEmpty())
          .sorted(Comparator.comparingLong(RequestQueue::served))
          .map(RequestQueue::first)
          .toList();
    } finally {
      lock.unlock();
    }
  }

  /** Takes a request out, which is in its queue. */
  void remove(ServedSequence request) {
    removeIf(other -> other == request);
  }

  /** Takes requests out. */
  List<ServedSequence> removeIf(Predicate<ServedSequence> condition) {
    lock.lock();
    try {
      List<ServedSequence> removed = new ArrayList<>();
      queues.values().forEach(queue -> queue.removeIf(condition, removed));
      size -= removed.size();
      dropRetired();
      return removed;
    } finally {
      lock.unlock();
    }
  }

  /** Notes work that was done for an adapter. */
  void charge(String key, long cost) {
    lock.lock();
    try {
      RequestQueue queue = queues.get(key);
      if (queue != null) {
        queue.charge(cost);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Nobody will wait for an adapter any more once those are gone that do. */
  void retire(String key) {
    lock.lock();
    try {
      queue(key).retire();
      dropRetired();
      wake();
    } finally {
      lock.unlock();
    }
  }

  private void dropRetired() {
    queues.values().removeIf(queue -> queue.isRetired() && queue.isEmpty());
  }

  int size() {
    lock.lock();
    try {
      return size;
    } finally {
      lock.unlock();
    }
  }

  /** Takes no more requests. */
  void close() {
    lock.lock();
    try {
      closed = true;
      wake();
    } finally {
      lock.unlock();
    }
  }

  boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  /** Ends the wait of the server's thread, now or the next one. */
  void signal() {
    lock.lock();
    try {
      wake();
    } finally {
      lock.unlock();
    }
  }

  private void wake() {
    signalled = true;
    changed.signalAll();
  }

  /** Waits until something changes, which may have happened since the last wait. */
  void await(long nanos) throws InterruptedException {
    lock.lock();
    try {
      long left = nanos;
      while (!signalled && left > 0) {
        left = changed.awaitNanos(left);
      }
      signalled = false;
    } finally {
      lock.unlock();
    }
  }
}
