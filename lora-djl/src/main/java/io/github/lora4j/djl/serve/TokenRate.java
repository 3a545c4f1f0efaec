// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.serve;

import java.util.Arrays;
import java.util.function.LongSupplier;

/** How many tokens there were in all, and a second over the last few. Safe for several threads. */
final class TokenRate {
  private static final int SECONDS = 5;
  private static final long SECOND = 1_000_000_000L;

  private final LongSupplier nanoTime;
  private final long start;
  private final long[] counts = new long[SECONDS + 1];
  private long total;

  /** The second that the newest count is of. */
  private long newest;

  TokenRate() {
    this(System::nanoTime);
  }

  TokenRate(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    start = nanoTime.getAsLong();
  }

  synchronized void add() {
    total++;
    counts[slot(advance())]++;
  }

  synchronized long total() {
    return total;
  }

  /** Of the seconds that are over, five at most; of the first one while it lasts. */
  synchronized double perSecond() {
    long now = advance();
    if (now == 0) {
      return counts[0] * (double) SECOND / Math.max(1, nanoTime.getAsLong() - start);
    }
    return (Arrays.stream(counts).sum() - counts[slot(now)]) / (double) Math.min(now, SECONDS);
  }

  private long advance() {
    long now = (nanoTime.getAsLong() - start) / SECOND;
    for (long second = Math.max(newest + 1, now - SECONDS); second <= now; second++) {
      counts[slot(second)] = 0;
    }
    newest = now;
    return now;
  }

  private int slot(long second) {
    return (int) (second % counts.length);
  }
}
