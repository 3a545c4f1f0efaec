// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

import org.jspecify.annotations.Nullable;

/**
 * A model checkpoint (config, weights or tokenizer) is missing, damaged or not what was expected.
 */
public final class CheckpointException extends LoraException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message where, what was found, what was expected, what to do
   */
  public CheckpointException(String message) {
    super(message);
  }

  /**
   * Creates the exception with its cause.
   *
   * @param message where, what was found, what was expected, what to do
   * @param cause the failure underneath, may be null
   */
  public CheckpointException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
