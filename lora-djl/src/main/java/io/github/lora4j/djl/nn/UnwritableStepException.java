// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

/** A {@link TokenWriter} does not know a step; decoding then goes through the modules. */
final class UnwritableStepException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Refuses.
   *
   * @param step what the writer does not know
   */
  UnwritableStepException(String step) {
    super(step);
  }
}
