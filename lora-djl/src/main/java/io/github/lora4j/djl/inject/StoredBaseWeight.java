// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import io.github.lora4j.djl.format.StoredTensor;
import io.github.lora4j.djl.format.StoredType;
import java.util.Optional;

/**
 * The base's weight that PEFT stores with an adapter on {@code lm_head}: PEFT puts it into the
 * model, here it only has to be the model's own, so that no adapter changes the base.
 *
 * @param stored the stored weight, shape (out, in)
 */
record StoredBaseWeight(StoredTensor stored) {
  private static final int ROWS_AT_ONCE = 1024;

  /** What half precision makes of a value is at most this part of it away… */
  private static final double HALF_PRECISION = 1.0 / 256;

  /** …or, of the smallest, this much. */
  private static final double SMALLEST_HALF = 6e-8;

  /**
   * Holds it against the model's.
   *
   * @param base the model's weight
   * @return in which way they differ, or empty
   */
  Optional<String> differenceFrom(NDArray base) {
    if (!stored.shape().equals(base.getShape())) {
      return Optional.of(
          "has shape %s, but the model's own has %s".formatted(stored.shape(), base.getShape()));
    }
    long rows = base.getShape().get(0);
    for (long from = 0; from < rows; from += ROWS_AT_ONCE) {
      Optional<String> difference = compare(base, from, Math.min(rows, from + ROWS_AT_ONCE));
      if (difference.isPresent()) {
        return difference;
      }
    }
    return Optional.empty();
  }

  private Optional<String> compare(NDArray base, long from, long to) {
    int width = Math.toIntExact(base.getShape().get(1));
    float[] theirs = new float[Math.toIntExact((to - from) * width)];
    stored.readFloats(from * width, theirs, 0, theirs.length);
    float[] own;
    try (NDArray rows = base.get(new NDIndex("{}:{}", from, to))) {
      own = rows.toFloatArray();
    }
    for (int i = 0; i < own.length; i++) {
      if (!(Math.abs((double) own[i] - theirs[i]) <= allowed(own[i]))) {
        return Optional.of(
            "holds %s at [%d, %d], but the model's own holds %s"
                .formatted(theirs[i], from + i / width, i % width, own[i]));
      }
    }
    return Optional.empty();
  }

  private double allowed(float own) {
    return stored.type() == StoredType.F32 ? 0 : Math.abs(own) * HALF_PRECISION + SMALLEST_HALF;
  }
}
