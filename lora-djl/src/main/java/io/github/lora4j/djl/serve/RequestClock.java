// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.serve;

import java.time.Duration;
import java.util.Optional;

/** When what happened to one request. */
final class RequestClock {
  private final long submitted = System.nanoTime();
  private final Optional<Duration> limit;
  private Optional<Duration> queued = Optional.empty();
  private Optional<Duration> firstToken = Optional.empty();
  private long lastToken;

  /**
   * Starts now.
   *
   * @param limit how long the request may take
   */
  RequestClock(Optional<Duration> limit) {
    this.limit = limit;
  }

  /** Whether the time is over. */
  boolean isOver() {
    return limit.isPresent() && elapsed().compareTo(limit.get()) >= 0;
  }

  private Duration elapsed() {
    return Duration.ofNanos(System.nanoTime() - submitted);
  }

  /** The request runs; only the first time counts. */
  Duration start() {
    Duration waited = queued();
    queued = Optional.of(waited);
    return waited;
  }

  /** How long it waited, until now if it still does. */
  Duration queued() {
    return queued.orElseGet(this::elapsed);
  }

  /** Whether it ran at any time. */
  boolean hasStarted() {
    return queued.isPresent();
  }

  /** Notes a token; the time since the one before, or since submission. */
  Duration token() {
    long now = System.nanoTime();
    Duration interval = Duration.ofNanos(now - (firstToken.isPresent() ? lastToken : submitted));
    if (firstToken.isEmpty()) {
      firstToken = Optional.of(interval);
    }
    lastToken = now;
    return interval;
  }

  Optional<Duration> firstToken() {
    return firstToken;
  }
}
