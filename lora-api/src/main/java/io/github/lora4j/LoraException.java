// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

import org.jspecify.annotations.Nullable;

/** The root of every exception this library throws on bad input. */
public class LoraException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message where, what was found, what was expected, what to do
   */
  public LoraException(String message) {
    super(message);
  }

  /**
   * Creates the exception with its cause.
   *
   * @param message where, what was found, what was expected, what to do
   * @param cause the failure underneath, may be null
   */
  public LoraException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
