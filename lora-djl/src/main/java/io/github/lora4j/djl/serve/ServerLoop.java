// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.serve;

import io.github.lora4j.LoraException;
import io.github.lora4j.djl.serve.StepComposer.Part;
import io.github.lora4j.generate.FinishReason;
import io.github.lora4j.serve.ServerStep;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the server's thread does until the server is closed and everybody has an outcome. */
final class ServerLoop implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(ServerLoop.class);

  /** How late a deadline may be noticed, and room that was made be used, while nothing runs. */
  private static final long WHILE_WAITING = TimeUnit.MILLISECONDS.toNanos(5);

  private static final long WHILE_EMPTY = TimeUnit.MINUTES.toNanos(1);

  private final RequestQueues queues;
  private final RunningBatch batch;
  private final AdapterCache cache;
  private final AdapterArrivals arrivals;
  private final Admission admission;
  private final StepComposer composer;
  private final StepRunner runner;
  private final Outcomes outcomes;
  private final ServerEvents events;
  private final ServerGauges gauges;
  private volatile Optional<Long> closeBy = Optional.empty();

  ServerLoop(
      RequestQueues queues,
      RunningBatch batch,
      AdapterCache cache,
      AdapterArrivals arrivals,
      Admission admission,
      StepComposer composer,
      StepRunner runner,
      Outcomes outcomes,
      ServerEvents events,
      ServerGauges gauges) {
    this.queues = queues;
    this.batch = batch;
    this.cache = cache;
    this.arrivals = arrivals;
    this.admission = admission;
    this.composer = composer;
    this.runner = runner;
    this.outcomes = outcomes;
    this.events = events;
    this.gauges = gauges;
  }

  /** Takes no more requests; those there are may take some time yet. Any thread. */
  void close(Duration drain) {
    if (closeBy.isEmpty()) {
      closeBy = Optional.of(System.nanoTime() + drain.toNanos());
    }
    queues.close();
  }

  @Override
  public void run() {
    try {
      while (goesOn()) {
        pass();
        rest();
      }
      leave().forEach(request -> outcomes.end(request, FinishReason.CANCELLED));
    } catch (InterruptedException e) {
      abandon(e);
    } catch (RuntimeException | Error e) {
      LOG.error("the server stops; the requests it has fail", e);
      abandon(e);
    }
    gauges.update(batch, cache);
  }

  private boolean goesOn() {
    if (!queues.isClosed()) {
      return true;
    }
    boolean inTime = closeBy.map(end -> System.nanoTime() - end < 0).orElse(true);
    return inTime && queues.size() + batch.size() > 0;
  }

  private void pass() {
    cache.beginPass();
    arrivals.beginPass(batch.running().isEmpty()).forEach(admission::fail);
    endUnwanted();
    admission.admit();
    List<Part> parts = composer.compose();
    long start = System.nanoTime();
    if (!parts.isEmpty()) {
      runner.run(parts);
    }
    gauges.update(batch, cache);
    if (!parts.isEmpty()) {
      tell(parts, Duration.ofNanos(System.nanoTime() - start));
    }
  }

  private void tell(List<Part> parts, Duration elapsed) {
    int rows = parts.stream().mapToInt(Part::count).sum();
    int decoded = (int) parts.stream().filter(Part::decodes).count();
    ServerStep step =
        new ServerStep(
            parts.size(), decoded, rows - decoded, elapsed, queues.size(), gauges.pool());
    events.tell(listener -> listener.stepped(step));
  }

  /** Ends what was cancelled, is out of time, or waits for an adapter that was removed. */
  private void endUnwanted() {
    for (ServedSequence request :
        queues.removeIf(r -> r.reasonToEnd().isPresent() || r.removal().isPresent())) {
      request
          .reasonToEnd()
          .ifPresentOrElse(
              reason -> outcomes.end(request, reason),
              () -> outcomes.fail(request, request.removal().orElseThrow()));
    }
    for (ServedSequence request : batch.all()) {
      request
          .reasonToEnd()
          .ifPresent(
              reason -> {
                batch.remove(request);
                outcomes.end(request, reason);
              });
    }
  }

  private void rest() throws InterruptedException {
    if (batch.running().isEmpty()) {
      boolean mayTimePass = queues.size() + batch.size() > 0 || queues.isClosed();
      queues.await(mayTimePass ? WHILE_WAITING : WHILE_EMPTY);
    }
  }

  private void abandon(Throwable cause) {
    queues.close();
    LoraException told = new LoraException("the server stopped: " + cause, cause);
    leave().forEach(request -> outcomes.fail(request, told));
  }

  /** Takes every request out of queues and batch. */
  private List<ServedSequence> leave() {
    List<ServedSequence> left = new ArrayList<>(batch.all());
    left.forEach(batch::remove);
    left.addAll(queues.removeIf(request -> true));
    return left;
  }
}
