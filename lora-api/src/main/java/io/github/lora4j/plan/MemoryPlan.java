// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.plan;

import java.util.List;

/**
 * What a fine-tuning takes, and whether that is there.
 *
 * @param options the fine-tuning
 * @param need what it takes
 * @param limit what there is
 * @param remedies changes that save memory, the one that saves most first
 */
public record MemoryPlan(
    PlanOptions options, MemoryNeed need, MemoryLimit limit, List<Remedy> remedies) {
  /** Copies the list. */
  public MemoryPlan {
    remedies = List.copyOf(remedies);
  }

  /**
   * Whether the need is within the limit.
   *
   * @return true if so
   */
  public boolean fits() {
    return need.total() <= limit.bytes();
  }

  /** The parts, the total, the limit and, where it does not fit, what to change: a table. */
  @Override
  public String toString() {
    return PlanTable.of(this);
  }
}
