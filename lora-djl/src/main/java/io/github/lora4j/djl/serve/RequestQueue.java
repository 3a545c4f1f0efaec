// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.serve;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.function.Predicate;

/** The requests that wait for one adapter, and how much work was done for it so far. */
final class RequestQueue {
  private final Deque<ServedSequence> waiting = new ArrayDeque<>();
  private long served;
  private boolean retired;

  void add(ServedSequence request) {
    waiting.addLast(request);
  }

  ServedSequence first() {
    return waiting.getFirst();
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  int size() {
    return waiting.size();
  }

  long served() {
    return served;
  }

  void charge(long cost) {
    served += cost;
  }

  void retire() {
    retired = true;
  }

  boolean isRetired() {
    return retired;
  }

  /** Who comes back has no credit for the time away. */
  void raiseTo(long least) {
    served = Math.max(served, least);
  }

  void removeIf(Predicate<ServedSequence> condition, List<ServedSequence> removed) {
    for (Iterator<ServedSequence> all = waiting.iterator(); all.hasNext(); ) {
      ServedSequence request = all.next();
      if (condition.test(request)) {
        all.remove();
        removed.add(request);
      }
    }
  }
}
