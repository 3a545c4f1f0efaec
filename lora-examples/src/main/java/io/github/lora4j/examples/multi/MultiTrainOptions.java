// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.multi;

import io.github.lora4j.examples.story.PositiveNumber;
import java.nio.file.Path;

/**
 * What of the example may be changed.
 *
 * @param output where everything is written
 * @param epochs how often each job sees its data, above 0
 * @param records how many records each job trains on, at least 1
 * @param seed of everything random
 * @param heldOut how many held-out records each job is judged by, at least 1
 */
public record MultiTrainOptions(Path output, double epochs, int records, long seed, int heldOut) {
  /** Checks the numbers. */
  public MultiTrainOptions {
    PositiveNumber.require("records", records);
    PositiveNumber.require("heldOut", heldOut);
  }
}
