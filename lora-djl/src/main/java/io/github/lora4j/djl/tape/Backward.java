// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.tape;

import ai.djl.ndarray.NDArray;

/** The backward half of a step. */
@FunctionalInterface
public interface Backward {
  /**
   * Gives the gradients of the step's inputs to the tape and adds those of its parameters to the
   * parameters' own. Runs without a graph; what it leaves besides is freed after it.
   *
   * @param gradient the gradient of the step's output. It is the tape's; the step may write over it
   *     and may, as the last thing it does, give it on to an input
   * @param tape where the inputs' gradients go
   */
  void run(NDArray gradient, Tape tape);
}
