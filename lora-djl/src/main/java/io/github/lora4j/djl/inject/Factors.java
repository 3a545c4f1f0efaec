// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import ai.djl.ndarray.NDArray;

/**
 * A and B of one module.
 *
 * @param a the factor A, shape (rank, in)
 * @param b the factor B, shape (out, rank)
 */
record Factors(NDArray a, NDArray b) {}
