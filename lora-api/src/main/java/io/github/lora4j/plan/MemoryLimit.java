// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.plan;

import io.github.lora4j.ConfigurationException;

/**
 * What memory there is.
 *
 * @param bytes how much, above 0
 * @param name what it is, for a table: for example {@code physical memory}
 */
public record MemoryLimit(long bytes, String name) {
  /** Checks the number. */
  public MemoryLimit {
    if (bytes < 1) {
      throw new ConfigurationException("MemoryPlanner: limit must be above 0, was " + bytes);
    }
  }

  /**
   * A limit that was asked for.
   *
   * @param bytes how much, above 0
   * @return the limit
   * @throws ConfigurationException if it is not above 0
   */
  public static MemoryLimit of(long bytes) {
    return new MemoryLimit(bytes, "limit");
  }
}
