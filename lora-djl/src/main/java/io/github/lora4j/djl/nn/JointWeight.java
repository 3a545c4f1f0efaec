// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import java.util.List;

/**
 * The weights of linear maps of one input, rows of one array: each map's weight is a view of its
 * rows, so that one product may compute them all.
 *
 * @param rows the joint array, shape (sum of outs, in)
 * @param outs the rows of each map, in order
 */
record JointWeight(NDArray rows, List<Integer> outs) {
  /** Rows before those of a map. */
  int offset(int part) {
    return outs.subList(0, part).stream().mapToInt(Integer::intValue).sum();
  }

  /** Rows of all maps. */
  int size() {
    return offset(outs.size());
  }
}
