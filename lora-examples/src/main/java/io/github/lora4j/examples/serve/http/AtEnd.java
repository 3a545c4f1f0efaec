// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.http;

import java.util.ArrayList;
import java.util.List;

/** What is to be done when something ends, which it does once. Safe for use by several threads. */
final class AtEnd {
  private final List<Runnable> actions = new ArrayList<>();
  private boolean ended;

  /** Does something at the end, or now if that is past. */
  void add(Runnable action) {
    synchronized (this) {
      if (!ended) {
        actions.add(action);
        return;
      }
    }
    action.run();
  }

  synchronized boolean isPast() {
    return ended;
  }

  /**
   * Ends.
   *
   * @return whether it had not before
   */
  boolean run() {
    List<Runnable> now;
    synchronized (this) {
      if (ended) {
        return false;
      }
      ended = true;
      now = List.copyOf(actions);
      actions.clear();
    }
    now.forEach(Runnable::run);
    return true;
  }
}
