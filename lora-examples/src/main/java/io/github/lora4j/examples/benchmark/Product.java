// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.benchmark;

/**
 * A matrix product with a base weight W (out, in).
 *
 * @param direction forward or to the input's gradient
 * @param rows of the activation
 * @param in inputs of the linear map
 * @param out outputs of the linear map
 */
record Product(Direction direction, int rows, int in, int out) {
  /** Which way a product goes. */
  enum Direction {
    /** x Wᵀ, from (rows, in) to (rows, out). */
    FORWARD,
    /** dy W, from (rows, out) to (rows, in). */
    TO_INPUT
  }

  /** Its floating-point operations, a multiplication and an addition counted as two. */
  double flop() {
    return 2.0 * rows * in * out;
  }
}
