// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject.combine;

import ai.djl.ndarray.NDArray;

/**
 * One adapter's factors in one module, and its weight.
 *
 * @param a the factor A, shape (rank, in)
 * @param b the factor B, shape (out, rank)
 * @param scaling what B A is multiplied by
 * @param weight what the change is weighted by
 */
public record WeightedFactors(NDArray a, NDArray b, double scaling, double weight) {
  /** Scaling and weight together. */
  double factor() {
    return weight * scaling;
  }
}
