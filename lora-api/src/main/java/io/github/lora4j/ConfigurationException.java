// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

import org.jspecify.annotations.Nullable;

/** An option has a value that cannot work; the message names the option, the value and the rule. */
public final class ConfigurationException extends LoraException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message where, what was found, what was expected, what to do
   */
  public ConfigurationException(String message) {
    super(message);
  }

  /**
   * Creates the exception with its cause.
   *
   * @param message where, what was found, what was expected, what to do
   * @param cause the failure underneath, may be null
   */
  public ConfigurationException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
