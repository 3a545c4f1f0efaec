// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.paged;

/**
 * The sizes of a pool.
 *
 * @param poolBytes memory of all pages together
 * @param pageTokens tokens of a sequence that a page holds
 * @param maxRank the largest rank of an adapter
 */
public record PoolOptions(long poolBytes, int pageTokens, int maxRank) {}
