// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;

/**
 * What positions mean for one token of one sequence.
 *
 * @param cos cosines of the rotation, shape (headDim), or a placeholder where nothing rotates
 * @param sin sines, the first half negated, shape (headDim), or a placeholder
 * @param mask what is added to the scores, shape (1, heads, 1, keys), or a placeholder where
 *     nothing is
 */
record TokenTables(NDArray cos, NDArray sin, NDArray mask) {}
