// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.methods;

import io.github.lora4j.examples.story.PositiveNumber;
import java.nio.file.Path;

/**
 * What of an example of a method may be changed.
 *
 * @param output where everything is written
 * @param epochs how often the training data is seen, above 0
 * @param seed of everything random
 * @param heldOut how many of the held-out records are asked, at least 1
 */
public record MethodOptions(Path output, double epochs, long seed, int heldOut) {
  /** Checks the numbers. */
  public MethodOptions {
    PositiveNumber.require("heldOut", heldOut);
  }
}
