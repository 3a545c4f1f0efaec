// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.report;

import java.util.function.LongSupplier;

/** The time since a run began, and the time of day. */
final class RunClock {
  private final LongSupplier nanos;
  private final LongSupplier millis;
  private final long begin;

  RunClock() {
    this(System::nanoTime, System::currentTimeMillis);
  }

  RunClock(LongSupplier nanos, LongSupplier millis) {
    this.nanos = nanos;
    this.millis = millis;
    begin = nanos.getAsLong();
  }

  /** Since the run began. */
  double seconds() {
    return (nanos.getAsLong() - begin) / 1e9;
  }

  /** Since 1970. */
  long epochMillis() {
    return millis.getAsLong();
  }
}
