// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.optim;

/**
 * Where the state of a {@link PagedAdamW} lies, and what moving it took so far.
 *
 * @param stateBytes all pages, resident or not
 * @param residentBytes the memory taken for pages
 * @param bytesRead what was read from the state file
 * @param bytesWritten what was written out to make room
 */
public record PagingStatistics(
    long stateBytes, long residentBytes, long bytesRead, long bytesWritten) {}
