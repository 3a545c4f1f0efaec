// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

import org.jspecify.annotations.Nullable;

/** A dataset is missing, empty or malformed; the message names the file and the line or record. */
public final class DatasetException extends LoraException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message where, what was found, what was expected, what to do
   */
  public DatasetException(String message) {
    super(message);
  }

  /**
   * Creates the exception with its cause.
   *
   * @param message where, what was found, what was expected, what to do
   * @param cause the failure underneath, may be null
   */
  public DatasetException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
