// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import io.github.lora4j.djl.tape.Tape;

/** A block whose backward half is written by hand. */
interface Taped {
  /**
   * Runs the block without a graph.
   *
   * @param x its input
   * @param tape where the step is noted
   * @return its output, on the manager of x
   */
  NDArray forward(NDArray x, Tape tape);
}
