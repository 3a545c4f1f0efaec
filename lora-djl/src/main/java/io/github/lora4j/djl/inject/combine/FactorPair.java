// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject.combine;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

/**
 * A and B of one module, whose product is the change of its weight as it is.
 *
 * @param a shape (rank, in)
 * @param b shape (out, rank)
 */
public record FactorPair(NDArray a, NDArray b) {
  /**
   * The same change in a higher rank: rows and columns of zeros are added.
   *
   * @param rank at least the rank there is
   * @return the pair, itself if the rank is that
   */
  public FactorPair padded(int rank) {
    long missing = rank - a.getShape().get(0);
    if (missing == 0) {
      return this;
    }
    NDArray rows = a.getManager().zeros(new Shape(missing, a.getShape().get(1)));
    NDArray columns = b.getManager().zeros(new Shape(b.getShape().get(0), missing));
    return new FactorPair(a.concat(rows, 0), b.concat(columns, 1));
  }
}
