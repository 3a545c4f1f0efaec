// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.paged;

import java.util.List;

/**
 * The rows of one step.
 *
 * @param sequences what each sequence brings; at least one sequence, none twice
 */
public record StepRows(List<SequenceRows> sequences) {
  /** Copies the list. */
  public StepRows {
    sequences = List.copyOf(sequences);
    if (sequences.isEmpty()) {
      throw new IllegalArgumentException("a step needs at least one sequence");
    }
  }

  /**
   * How many rows there are.
   *
   * @return tokens of all sequences
   */
  public int count() {
    return sequences.stream().mapToInt(SequenceRows::count).sum();
  }
}
