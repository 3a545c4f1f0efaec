// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.serve;

import io.github.lora4j.djl.serve.AdapterArrivals.Readiness;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Lets requests into the batch as far as there is room: first those that gave their pages back,
 * then those that wait, the adapter that was served least first. For the server's thread.
 */
final class Admission {
  /** Of so many that are next, adapters are sent for while the batch is full. */
  private static final int PREFETCHED = 8;

  private final RequestQueues queues;
  private final RunningBatch batch;
  private final AdapterArrivals adapters;
  private final Outcomes outcomes;
  private final ServerEvents events;
  private final int maxSequences;

  Admission(
      RequestQueues queues,
      RunningBatch batch,
      AdapterArrivals adapters,
      Outcomes outcomes,
      ServerEvents events,
      int maxSequences) {
    this.queues = queues;
    this.batch = batch;
    this.adapters = adapters;
    this.outcomes = outcomes;
    this.events = events;
    this.maxSequences = maxSequences;
  }

  /** What became of one that wanted to start. */
  private enum Decision {
    STARTED,
    FAILED,
    /** Its adapter is being read. */
    NOT_YET,
    /** Its adapter needs room that others have. */
    NO_ROOM_FOR_ADAPTER,
    /** Its keys and values need room that others have. */
    NO_ROOM
  }

  /** Starts as many as can be, and sends for the adapters of those that are next. */
  void admit() {
    boolean goesOn = resume();
    while (goesOn && !isFull()) {
      goesOn = admitOneOfEach();
    }
    if (isFull()) {
      prefetch();
    }
  }

  private boolean isFull() {
    return batch.running().size() >= maxSequences;
  }

  /** Returns whether none of those that gave their pages back is left. */
  private boolean resume() {
    for (ServedSequence request : List.copyOf(batch.preempted())) {
      Decision decision = decide(request);
      if (decision != Decision.STARTED && decision != Decision.FAILED) {
        return false;
      }
    }
    return true;
  }

  /** Returns whether another round is worth it. */
  private boolean admitOneOfEach() {
    boolean changed = false;
    Optional<ServedSequence> passed = Optional.empty();
    for (ServedSequence request : queues.heads()) {
      Decision decision = isFull() ? Decision.NO_ROOM : decide(request);
      switch (decision) {
        case STARTED -> {
          changed = true;
          passed.ifPresent(ServedSequence::overtake);
        }
        case FAILED -> changed = true;
        case NOT_YET -> {}
        case NO_ROOM_FOR_ADAPTER -> {
          // One may be passed by as often as a batch is large; then everybody waits for it.
          if (request.overtaken() >= maxSequences) {
            return false;
          }
          passed = passed.or(() -> Optional.of(request));
        }
        case NO_ROOM -> {
          return false;
        }
      }
    }
    return changed;
  }

  private void prefetch() {
    queues.heads().stream().limit(PREFETCHED).forEach(this::readiness);
  }

  private Decision decide(ServedSequence request) {
    Decision decision = readiness(request);
    if (decision == Decision.NOT_YET || decision == Decision.NO_ROOM_FOR_ADAPTER) {
      request.miss();
    }
    return decision == Decision.STARTED ? start(request) : decision;
  }

  /** As far as its adapter is concerned, it may start, or not. */
  private Decision readiness(ServedSequence request) {
    return switch (request.adapter().map(adapters::require).orElse(Readiness.READY)) {
      case READY -> Decision.STARTED;
      case LOADING -> Decision.NOT_YET;
      case NO_ROOM -> Decision.NO_ROOM_FOR_ADAPTER;
    };
  }

  /** Fails those that wait for an adapter that they cannot get. */
  void fail(AdapterEntry adapter, RuntimeException cause) {
    List<ServedSequence> concerned = queues.removeIf(request -> isUnder(adapter, request));
    batch.preempted().stream().filter(request -> isUnder(adapter, request)).forEach(concerned::add);
    for (ServedSequence request : concerned) {
      batch.remove(request);
      outcomes.fail(request, cause);
    }
  }

  private static boolean isUnder(AdapterEntry adapter, ServedSequence request) {
    return request.adapter().filter(own -> own == adapter).isPresent();
  }

  private Decision start(ServedSequence request) {
    boolean waited = !request.clock().hasStarted();
    if (!batch.start(request)) {
      boolean alone = batch.running().isEmpty() && !adapters.holdPages();
      return alone ? refuse(request) : Decision.NO_ROOM;
    }
    if (waited) {
      queues.remove(request);
      queues.charge(request.adapterKey(), request.tokens().count());
      Duration queued = request.clock().start();
      events.tell(listener -> listener.started(request.adapterName(), queued));
      int shared = request.tokens().fed();
      if (shared > 0) {
        events.tell(listener -> listener.prefixShared(request.adapterName(), shared));
      }
      request
          .adapterName()
          .ifPresent(name -> events.tell(l -> l.adapterUsed(name, request.isHit())));
    }
    return Decision.STARTED;
  }

  private Decision refuse(ServedSequence request) {
    queues.remove(request);
    batch.remove(request);
    outcomes.fail(request, RunningBatch.tooLarge(request));
    return Decision.FAILED;
  }
}
