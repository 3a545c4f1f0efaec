// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.quickstart;

import io.github.lora4j.LoadOptions;
import io.github.lora4j.examples.story.PositiveNumber;
import java.nio.file.Path;

/**
 * What of the quick start may be changed.
 *
 * @param output where everything is written
 * @param epochs how often the training data is seen, above 0
 * @param rank the rank of the adapter, at least 1
 * @param seed of the adapter's first values and the order of the data
 * @param heldOut how many of the held-out records are asked, at least 1
 * @param load how the base is loaded, quantised or not
 */
public record QuickStartOptions(
    Path output, double epochs, int rank, long seed, int heldOut, LoadOptions load) {
  /** Checks the numbers. */
  public QuickStartOptions {
    PositiveNumber.require("heldOut", heldOut);
  }
}
