// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.target;

import io.github.lora4j.peft.PeftTensor;
import io.github.lora4j.peft.TensorRole;
import java.util.List;

/**
 * Rows of a module's weight that train while the others stay the base's (PEFT: {@code
 * TrainableTokensLayer}).
 *
 * @param module an embedding, or a head onto the vocabulary
 * @param rows which rows, each once, in the order in which their values are stored
 */
public record TrainedRows(AdaptableModule module, List<Integer> rows) {
  /** Copies the list. */
  public TrainedRows {
    rows = List.copyOf(rows);
  }

  /**
   * The values of the rows: (rows, width).
   *
   * @return which tensor it is in an adapter's file
   */
  public PeftTensor tensor() {
    return new PeftTensor(module.name(), TensorRole.TRAINABLE_TOKENS);
  }

  /**
   * How many parameters train.
   *
   * @return rows times width
   */
  public long parameterCount() {
    return rows.size() * module.weightShape().get(1);
  }
}
