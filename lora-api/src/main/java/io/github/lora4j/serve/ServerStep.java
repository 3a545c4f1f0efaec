// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.serve;

import java.time.Duration;
import java.util.Objects;

/**
 * One pass over the rows of all running requests.
 *
 * @param sequences how many requests had rows in it
 * @param decodeTokens the rows of requests that were past their prompts, one each
 * @param prefillTokens the rows of prompts
 * @param elapsed how long it took
 * @param queued how many requests wait behind it
 * @param pool how the pool's pages are used behind it
 */
public record ServerStep(
    int sequences,
    int decodeTokens,
    int prefillTokens,
    Duration elapsed,
    int queued,
    ServerStatistics.Pool pool) {
  /** Checks that no part is null. */
  public ServerStep {
    Objects.requireNonNull(elapsed, "elapsed");
    Objects.requireNonNull(pool, "pool");
  }
}
