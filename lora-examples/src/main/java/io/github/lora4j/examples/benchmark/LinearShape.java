// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.benchmark;

/**
 * A linear map, as far as its arithmetic goes.
 *
 * @param in inputs
 * @param out outputs
 * @param rank of the active adapter on it; 0 if there is none
 */
record LinearShape(int in, int out, int rank) {
  boolean adapted() {
    return rank > 0;
  }

  /** One product of the adapter with each row: with A, or with B, or with both. */
  double lowRankFlop(double rows, int width) {
    return 2 * rows * rank * width;
  }
}
