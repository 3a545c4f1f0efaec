// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

import org.jspecify.annotations.Nullable;

/** A training run cannot start or go on; the message names the step. */
public final class TrainingException extends LoraException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message where, what was found, what was expected, what to do
   */
  public TrainingException(String message) {
    super(message);
  }

  /**
   * Creates the exception with its cause.
   *
   * @param message where, what was found, what was expected, what to do
   * @param cause the failure underneath, may be null
   */
  public TrainingException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
