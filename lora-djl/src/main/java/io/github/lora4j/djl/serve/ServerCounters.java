// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.serve;

import io.github.lora4j.serve.RequestRejectedException;
import io.github.lora4j.serve.ServedResult;
import io.github.lora4j.serve.ServerListener;
import io.github.lora4j.serve.ServerStatistics;
import io.github.lora4j.serve.ServerStep;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;

/** Counts what happens. Safe for use by several threads. */
final class ServerCounters implements ServerListener {
  private final LongAdder finished = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final LongAdder rejected = new LongAdder();
  private final LongAdder preemptions = new LongAdder();
  private final LongAdder prefilled = new LongAdder();
  private final LongAdder sharedPrefix = new LongAdder();
  private final LongAdder hits = new LongAdder();
  private final LongAdder misses = new LongAdder();
  private final LongAdder evictions = new LongAdder();
  private final TokenRate generated = new TokenRate();

  @Override
  public void rejected(Optional<String> adapter, RequestRejectedException.Reason reason) {
    rejected.increment();
  }

  @Override
  public void prefixShared(Optional<String> adapter, int tokens) {
    sharedPrefix.add(tokens);
  }

  @Override
  public void firstToken(Optional<String> adapter, Duration sinceSubmission) {
    generated.add();
  }

  @Override
  public void nextToken(Optional<String> adapter, Duration interval) {
    generated.add();
  }

  @Override
  public void preempted(Optional<String> adapter) {
    preemptions.increment();
  }

  @Override
  public void finished(Optional<String> adapter, ServedResult result) {
    finished.increment();
  }

  @Override
  public void failed(Optional<String> adapter, Throwable cause) {
    failed.increment();
  }

  @Override
  public void stepped(ServerStep step) {
    prefilled.add(step.prefillTokens());
  }

  @Override
  public void adapterUsed(String adapter, boolean hit) {
    (hit ? hits : misses).increment();
  }

  @Override
  public void adapterEvicted(String adapter) {
    evictions.increment();
  }

  /**
   * All numbers.
   *
   * @param queued requests that wait
   * @param known adapters that may be used
   * @param gauges what the server's thread has
   */
  ServerStatistics statistics(int queued, int known, ServerGauges gauges) {
    return new ServerStatistics(
        new ServerStatistics.Requests(
            queued,
            gauges.running(),
            finished.sum(),
            failed.sum(),
            rejected.sum(),
            preemptions.sum()),
        new ServerStatistics.Tokens(
            prefilled.sum(), sharedPrefix.sum(), generated.total(), generated.perSecond()),
        gauges.pool(),
        new ServerStatistics.Adapters(
            known, gauges.resident(), hits.sum(), misses.sum(), evictions.sum()));
  }
}
