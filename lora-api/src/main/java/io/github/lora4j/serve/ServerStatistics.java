// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.serve;

/**
 * What a server does now and did since it started.
 *
 * @param requests how many there are and were
 * @param tokens how many were computed
 * @param pool how the pool's pages are used now
 * @param adapters how adapters come and go
 */
public record ServerStatistics(Requests requests, Tokens tokens, Pool pool, Adapters adapters) {
  /**
   * Requests.
   *
   * @param queued wait now
   * @param running run now
   * @param finished ended with a result
   * @param failed ended with an exception
   * @param rejected were not taken
   * @param preemptions how often one gave its pages back, to be computed again later
   */
  public record Requests(
      int queued, int running, long finished, long failed, long rejected, long preemptions) {}

  /**
   * Tokens.
   *
   * @param prefilled rows of prompts that were computed
   * @param sharedPrefix tokens of prompts whose keys and values were there already
   * @param generated new tokens
   * @param perSecond new tokens per second over the last seconds
   */
  public record Tokens(long prefilled, long sharedPrefix, long generated, double perSecond) {}

  /**
   * Pages of the pool, now.
   *
   * @param pageBytes the size of one
   * @param total all of them
   * @param free hold nothing
   * @param keyValues hold keys and values of running requests
   * @param shared hold keys and values that nobody uses now, kept for prompts that begin alike
   * @param adapters hold factors of adapters
   */
  public record Pool(
      long pageBytes, int total, int free, int keyValues, int shared, int adapters) {}

  /**
   * Adapters.
   *
   * @param known may be used by requests
   * @param resident are in the pool now
   * @param hits requests whose adapter was in the pool when their turn came
   * @param misses requests that had to wait for their adapter to be read
   * @param evictions adapters that left the pool to make room
   */
  public record Adapters(int known, int resident, long hits, long misses, long evictions) {}
}
