// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.fuzz;

import io.github.lora4j.LoraException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;

/** What reading an input may come to. */
enum Outcome {
  /** It was read. */
  ACCEPTED,
  /** It was refused with a word. */
  REFUSED;

  /**
   * Reads an input; what is neither of these is thrown on.
   *
   * @param target the reader
   * @param input the input
   * @param directory where to work
   * @return the outcome
   */
  static Outcome of(FuzzTarget target, byte[] input, Path directory) throws IOException {
    try {
      target.read(input, directory);
      return ACCEPTED;
    } catch (LoraException e) {
      requireMessage(e);
      return REFUSED;
    }
  }

  /** Tries several readings; refused is only what all of them refuse. */
  static void anyOf(Runnable... readings) {
    LoraException last = null;
    for (Runnable reading : readings) {
      try {
        reading.run();
        return;
      } catch (LoraException e) {
        requireMessage(e);
        last = e;
      }
    }
    throw Objects.requireNonNull(last);
  }

  private static void requireMessage(LoraException e) {
    if (e.getMessage() == null || e.getMessage().isBlank()) {
      throw new AssertionError("refused without a word", e);
    }
  }
}
