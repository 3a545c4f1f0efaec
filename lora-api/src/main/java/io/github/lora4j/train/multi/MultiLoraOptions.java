// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.train.multi;

import io.github.lora4j.ConfigurationException;

/**
 * How a {@link MultiLoraTrainer} forms its steps.
 *
 * @param maxTokensPerStep the most tokens of one forward pass; a job that alone brings more goes
 *     alone
 * @param order which jobs go first when not all find room
 */
public record MultiLoraOptions(int maxTokensPerStep, TurnOrder order) {
  /** Checks the number. */
  public MultiLoraOptions {
    if (maxTokensPerStep < 1) {
      throw new ConfigurationException(
          "MultiLoraTrainer: maxTokensPerStep must be at least 1, was " + maxTokensPerStep);
    }
  }
}
