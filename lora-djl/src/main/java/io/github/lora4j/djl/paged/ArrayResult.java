// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.paged;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.github.lora4j.djl.kernel.TorchOps;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Logits in one array; it comes to Java row by row, as it is asked for. */
final class ArrayResult implements StepResult {
  private final TorchOps ops;
  private final NDArray logits;
  private final int[] places;
  private int @Nullable [] best;

  /**
   * Keeps logits.
   *
   * @param ops the operators
   * @param logits shape (wanted rows, vocabulary)
   * @param plan which rows they are
   * @param owner owns them from here on
   */
  ArrayResult(TorchOps ops, NDArray logits, StepPlan plan, NDManager owner) {
    this.ops = ops;
    this.logits = logits;
    logits.attach(owner);
    places = plan.wantedPlaces();
  }

  private int place(int sequence) {
    int place = places[sequence];
    if (place < 0) {
      throw new IllegalStateException("sequence " + sequence + " did not ask for logits");
    }
    return place;
  }

  @Override
  public float[] logits(int sequence) {
    try (NDArray row = logits.get(place(sequence))) {
      return row.toFloatArray();
    }
  }

  @Override
  public int argmax(int sequence) {
    int place = place(sequence);
    if (best == null) {
      try (NDArray largest = ops.argmax().apply(logits)) {
        best = Arrays.stream(largest.toLongArray()).mapToInt(Math::toIntExact).toArray();
      }
    }
    return best[place];
  }
}
