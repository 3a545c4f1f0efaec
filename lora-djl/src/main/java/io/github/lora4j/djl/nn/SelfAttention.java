// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;

/**
 * The part of a layer in which tokens see each other: {@code output(attend(queryKeyValue(x)))}.
 *
 * @param layer index of the layer it is in
 * @param queryKeyValue the projections into attention
 * @param output the way out of attention
 */
record SelfAttention(int layer, QueryKeyValue queryKeyValue, BranchOutput output) {

  /** Attends with x, shape (T, hidden), and adds a residual of the same shape. */
  NDArray forward(NDArray x, NDArray residual, ForwardPass pass) {
    QkvLayout layout = queryKeyValue.layout();
    NDArray qkv = queryKeyValue.project(x, pass);
    NDArray rotated = pass.rotation().apply(qkv, layout, pass.tape());
    NDArray attended = pass.attention().attend(layer, rotated, layout, pass.tape());
    return output.forward(attended, residual, pass);
  }

  /** Has the work on single tokens taken down; the residual is used up. */
  <V> V write(TokenWriter<V> writer, V x, V residual) {
    V attended = writer.attend(layer, queryKeyValue.write(writer, x));
    return output.write(writer, attended, residual);
  }
}
