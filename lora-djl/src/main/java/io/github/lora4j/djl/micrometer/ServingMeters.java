// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.micrometer;

import io.github.lora4j.generate.FinishReason;
import io.github.lora4j.serve.RequestRejectedException;
import io.github.lora4j.serve.ServedResult;
import io.github.lora4j.serve.ServerListener;
import io.github.lora4j.serve.ServerStatistics;
import io.github.lora4j.serve.ServerStep;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToIntFunction;

/**
 * Meters of a {@link io.github.lora4j.serve.LoraServer}: give it to the server as its listener and
 * bind it to a registry, in either order.
 *
 * <pre>{@code
 * ServingMeters meters = new ServingMeters();
 * meters.bindTo(registry);
 * LoraServer server = LoraServer.builder(base).listener(meters).start();
 * }</pre>
 *
 * <p>All names begin with {@code lora4j.serve}. Timers publish the 50th and the 99th percentile. No
 * meter has adapters' names for tags: there may be thousands.
 */
public final class ServingMeters implements ServerListener, MeterBinder {
  private static final double[] PERCENTILES = {0.5, 0.99};
  private static final String PREFIX = "lora4j.serve.";

  private final CompositeMeterRegistry meters = new CompositeMeterRegistry();
  private final AtomicInteger queued = new AtomicInteger();
  private final Timer queueTime = timer("queue.time", "Time that requests waited until they ran");
  private final Timer firstToken = timer("first.token", "Time from submission to the first token");
  private final Timer nextToken = timer("next.token", "Time between two tokens of a request");
  private final Timer stepTime = timer("step", "Time of a step");
  private final Timer loadTime = timer("adapter.load", "Time to bring an adapter into the pool");
  private final DistributionSummary batchSize =
      DistributionSummary.builder(PREFIX + "batch.size")
          .description("Requests in a step")
          .publishPercentiles(PERCENTILES)
          .register(meters);
  private final Counter generated = counter("tokens", "Tokens computed", "kind", "generated");
  private final Counter prefilled = counter("tokens", "Tokens computed", "kind", "prompt");
  private final Counter shared = counter("tokens.shared", "Tokens of prompts not computed again");
  private final Counter preemptions = counter("preemptions", "Requests that gave pages back");
  private final Counter failures = counter("requests.failed", "Requests that failed");
  private final Counter hits = counter("adapter.uses", "Requests by adapter", "pool", "hit");
  private final Counter misses = counter("adapter.uses", "Requests by adapter", "pool", "miss");
  private final Counter evictions = counter("adapter.evictions", "Adapters that made room");
  private volatile Optional<ServerStatistics.Pool> pool = Optional.empty();

  /** Starts at zero, bound to no registry. */
  public ServingMeters() {
    Gauge.builder(PREFIX + "queue.size", queued::get)
        .description("Requests that wait")
        .strongReference(true)
        .register(meters);
    pages("free", ServerStatistics.Pool::free);
    pages("running", ServerStatistics.Pool::keyValues);
    pages("shared", ServerStatistics.Pool::shared);
    pages("adapters", ServerStatistics.Pool::adapters);
  }

  private void pages(String use, ToIntFunction<ServerStatistics.Pool> count) {
    Gauge.builder(PREFIX + "pool.pages", () -> pool.map(count::applyAsInt).orElse(0))
        .description("Pages of the pool")
        .tag("use", use)
        .strongReference(true)
        .register(meters);
  }

  private Timer timer(String name, String description) {
    return Timer.builder(PREFIX + name)
        .description(description)
        .publishPercentiles(PERCENTILES)
        .register(meters);
  }

  private Counter counter(String name, String description, String... tags) {
    return Counter.builder(PREFIX + name).description(description).tags(tags).register(meters);
  }

  /**
   * Makes the meters known to a registry; to several, if it is called several times.
   *
   * @param registry where they are published
   */
  @Override
  public void bindTo(MeterRegistry registry) {
    meters.add(registry);
  }

  @Override
  public void queued(Optional<String> adapter) {
    queued.incrementAndGet();
  }

  @Override
  public void leftQueue(Optional<String> adapter) {
    queued.decrementAndGet();
  }

  @Override
  public void rejected(Optional<String> adapter, RequestRejectedException.Reason reason) {
    counter("requests.rejected", "Requests not taken", "reason", reason.name()).increment();
  }

  @Override
  public void started(Optional<String> adapter, Duration waited) {
    queued.decrementAndGet();
    queueTime.record(waited);
  }

  @Override
  public void prefixShared(Optional<String> adapter, int tokens) {
    shared.increment(tokens);
  }

  @Override
  public void firstToken(Optional<String> adapter, Duration sinceSubmission) {
    generated.increment();
    firstToken.record(sinceSubmission);
  }

  @Override
  public void nextToken(Optional<String> adapter, Duration interval) {
    generated.increment();
    nextToken.record(interval);
  }

  @Override
  public void preempted(Optional<String> adapter) {
    preemptions.increment();
  }

  @Override
  public void finished(Optional<String> adapter, ServedResult result) {
    FinishReason reason = result.result().finishReason();
    counter("requests.finished", "Requests with a result", "reason", reason.name()).increment();
  }

  @Override
  public void failed(Optional<String> adapter, Throwable cause) {
    failures.increment();
  }

  @Override
  public void stepped(ServerStep step) {
    stepTime.record(step.elapsed());
    batchSize.record(step.sequences());
    prefilled.increment(step.prefillTokens());
    pool = Optional.of(step.pool());
  }

  @Override
  public void adapterUsed(String adapter, boolean hit) {
    (hit ? hits : misses).increment();
  }

  @Override
  public void adapterLoaded(String adapter, Duration elapsed) {
    loadTime.record(elapsed);
  }

  @Override
  public void adapterEvicted(String adapter) {
    evictions.increment();
  }
}
