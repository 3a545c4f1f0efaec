// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.optim;

import java.nio.file.Path;

/** An optimizer that keeps numbers of each parameter, and can drop, save and restore them. */
public interface StatefulOptimizer {
  /**
   * Drops what is kept of a parameter; its next update is its first.
   *
   * @param parameterId names the parameter, as in its updates; one never seen is no mistake
   */
  void forget(String parameterId);

  /**
   * Saves the state of all parameters, as a safetensors file that appears whole or not at all.
   *
   * @param file where to; an existing file is replaced when all is written
   * @throws io.github.lora4j.CheckpointException if it cannot be written; what was there before is
   *     unchanged
   */
  void save(Path file);

  /**
   * Restores what {@link #save} wrote, so that training goes on as if it had not been interrupted.
   * Parameters that the file does not have begin anew.
   *
   * @param file a saved state
   * @throws io.github.lora4j.CheckpointException if the file is damaged or of an optimizer with
   *     other settings; the message names the field
   * @throws io.github.lora4j.TrainingException if this optimizer has state already
   */
  void restore(Path file);
}
