// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.serve;

import io.github.lora4j.ConfigurationException;
import java.time.Duration;
import java.util.Objects;

/**
 * How a {@link LoraServer} works.
 *
 * @param adapters the adapters that requests may use
 * @param poolBytes the memory for keys, values and adapters together
 * @param pageTokens the tokens of a sequence that share a page of the pool (vLLM: {@code
 *     block_size})
 * @param maxSequences the most requests that run at once (vLLM: {@code max_num_seqs})
 * @param maxBatchTokens the most tokens of one step (vLLM: {@code max_num_batched_tokens})
 * @param prefillChunk the most tokens of one prompt in one step, so that a long prompt does not
 *     hold up the others
 * @param maxQueued the most requests that wait
 * @param maxQueuedPerAdapter the most requests that wait for one adapter, or for the base
 * @param maxRank the largest rank that is served (vLLM: {@code max_lora_rank})
 * @param prefixSharing whether requests under one adapter share the pages of what their prompts
 *     have in common at the beginning (vLLM: {@code enable_prefix_caching})
 * @param drainTimeout how long {@link LoraServer#close()} lets requests finish
 * @param listener is told what happens
 */
public record ServerOptions(
    AdapterSource adapters,
    long poolBytes,
    int pageTokens,
    int maxSequences,
    int maxBatchTokens,
    int prefillChunk,
    int maxQueued,
    int maxQueuedPerAdapter,
    int maxRank,
    boolean prefixSharing,
    Duration drainTimeout,
    ServerListener listener) {

  /**
   * Checks every field.
   *
   * @throws ConfigurationException if a field is out of its range
   */
  public ServerOptions {
    Objects.requireNonNull(adapters, "adapters");
    Objects.requireNonNull(listener, "listener");
    requirePositive("poolBytes", poolBytes);
    requirePositive("pageTokens", pageTokens);
    requirePositive("maxSequences", maxSequences);
    requirePositive("prefillChunk", prefillChunk);
    requirePositive("maxQueued", maxQueued);
    requirePositive("maxQueuedPerAdapter", maxQueuedPerAdapter);
    requirePositive("maxRank", maxRank);
    require(
        maxBatchTokens >= maxSequences,
        "maxBatchTokens must be at least maxSequences (%d), a token for each"
            .formatted(maxSequences),
        maxBatchTokens);
    require(!drainTimeout.isNegative(), "drainTimeout must not be negative", drainTimeout);
  }

  private static void requirePositive(String field, long value) {
    require(value >= 1, field + " must be at least 1", value);
  }

  private static void require(boolean holds, String rule, Object found) {
    if (!holds) {
      throw new ConfigurationException("ServerOptions: " + rule + ", was " + found);
    }
  }
}
