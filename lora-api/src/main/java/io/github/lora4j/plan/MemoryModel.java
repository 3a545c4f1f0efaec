// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.plan;

/** What one model takes under any options; an implementation on an engine provides it. */
public interface MemoryModel extends AutoCloseable {
  /**
   * Computes the need.
   *
   * @param options the fine-tuning
   * @return what it takes
   * @throws io.github.lora4j.ConfigurationException if the options do not fit the model
   */
  MemoryNeed need(PlanOptions options);

  /**
   * Whether the checkpoint is quantised itself.
   *
   * @return true if its weights cannot be quantised otherwise
   */
  boolean isQuantized();

  /** Frees what describes the model. */
  @Override
  void close();
}
