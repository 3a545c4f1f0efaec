// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.loading;

import io.github.lora4j.train.GradientCheckpointing;
import java.util.Optional;

/** How much of the forward pass is kept, as it is typed. */
public final class CheckpointingWord {
  private CheckpointingWord() {}

  /**
   * Reads a word.
   *
   * @param word {@code none}, {@code layer}, {@code sqrt} or a number of layers
   * @return what it means, or empty if it is none of them
   */
  public static Optional<GradientCheckpointing> parse(String word) {
    return switch (word) {
      case "none" -> Optional.of(GradientCheckpointing.none());
      case "layer" -> Optional.of(GradientCheckpointing.everyLayer());
      case "sqrt" -> Optional.of(GradientCheckpointing.squareRoot());
      default ->
          word.matches("[1-9]\\d{0,5}")
              ? Optional.of(GradientCheckpointing.every(Integer.parseInt(word)))
              : Optional.empty();
    };
  }
}
