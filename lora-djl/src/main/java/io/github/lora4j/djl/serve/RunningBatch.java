// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.serve;

import io.github.lora4j.ConfigurationException;
import io.github.lora4j.djl.paged.BlockTable;
import io.github.lora4j.djl.paged.PagePool;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The requests that run, the eldest first, their pages and their adapters; and those that gave
 * their pages back and wait to go on. For the server's thread.
 */
final class RunningBatch {
  private final PagePool pool;
  private final AdapterCache adapters;
  private final SharedPrefixes prefixes;
  private final ServerEvents events;
  private final List<ServedSequence> running = new ArrayList<>();

  /** The eldest first; all of them are elder than whatever waits in the queues. */
  private final List<ServedSequence> preempted = new ArrayList<>();

  RunningBatch(PagePool pool, AdapterCache adapters, SharedPrefixes prefixes, ServerEvents events) {
    this.pool = pool;
    this.adapters = adapters;
    this.prefixes = prefixes;
    this.events = events;
  }

  List<ServedSequence> running() {
    return Collections.unmodifiableList(running);
  }

  List<ServedSequence> preempted() {
    return Collections.unmodifiableList(preempted);
  }

  /** Running and preempted ones. */
  List<ServedSequence> all() {
    List<ServedSequence> all = new ArrayList<>(running);
    all.addAll(preempted);
    return all;
  }

  int size() {
    return running.size() + preempted.size();
  }

  /**
   * A request runs from now on, if there are pages for all its tokens, and one for each of the
   * others to grow.
   *
   * @param request its adapter is in the pool
   * @return whether it runs; if not, nothing was taken
   */
  boolean start(ServedSequence request) {
    request.adapter().ifPresent(adapters::pin);
    request.tokens().setFed(prefixes.adopt(request));
    if (!reserve(request.table(), request.tokens().count() + 1) || !leave(running.size())) {
      letGo(request);
      return false;
    }
    preempted.remove(request);
    running.add(request);
    return true;
  }

  /** A request has ended and leaves. */
  void remove(ServedSequence request) {
    preempted.remove(request);
    if (running.remove(request)) {
      letGo(request);
    }
  }

  /** A request's prompt lies in its pages; others that begin alike need not compute it. */
  void publish(ServedSequence request) {
    prefixes.publish(request);
  }

  /** Takes pages and adapter from the youngest, to be computed again later. */
  ServedSequence preemptYoungest() {
    ServedSequence youngest = running.remove(running.size() - 1);
    letGo(youngest);
    preempted.add(0, youngest);
    events.tell(listener -> listener.preempted(youngest.adapterName()));
    return youngest;
  }

  /** What the next steps fed stays known, as long as nobody needs the room. */
  private void letGo(ServedSequence request) {
    prefixes.publish(request);
    request.releasePages();
    request.adapter().ifPresent(adapters::unpin);
  }

  /**
   * Makes room for tokens of a sequence, at the cost of adapters that nobody uses.
   *
   * @return whether there is room
   */
  boolean reserve(BlockTable table, int tokens) {
    while (!table.reserve(tokens)) {
      if (!adapters.evictIdle()) {
        return false;
      }
    }
    return true;
  }

  private boolean leave(int pages) {
    while (pool.available() < pages) {
      if (!adapters.evictIdle()) {
        return false;
      }
    }
    return true;
  }

  /** Why a request that has the pool to itself fails. */
  static ConfigurationException tooLarge(ServedSequence request) {
    return new ConfigurationException(
        "request %s: its %d tokens do not fit the pool together with its adapter; raise poolBytes"
            .formatted(request.answer().id(), request.tokens().count()));
  }
}
