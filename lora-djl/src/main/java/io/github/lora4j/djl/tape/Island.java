// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.tape;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import io.github.lora4j.djl.kernel.EngineMode;
import java.util.function.UnaryOperator;

/**
 * A stretch of a pass that libtorch records and differentiates.
 *
 * @param x the input as the tape knows it
 * @param input the input as the graph knows it, cut off from what was before
 * @param recorded the output with its graph
 * @param output the output as the tape knows it, sharing the values
 * @param inputLearns whether the input's gradient is wanted
 */
record Island(NDArray x, NDArray input, NDArray recorded, NDArray output, boolean inputLearns) {
  static Island run(NDArray x, boolean inputLearns, UnaryOperator<NDArray> piece) {
    NDArray input = x.stopGradient();
    if (inputLearns) {
      input.setRequiresGradient(true);
    }
    try (EngineMode mode = EngineMode.recording()) {
      NDArray recorded = piece.apply(input);
      return new Island(x, input, recorded, recorded.stopGradient(), inputLearns);
    }
  }

  void backward(NDArray gradient, Tape tape) {
    JniUtils.backward((PtNDArray) recorded, (PtNDArray) gradient, false, false);
    if (inputLearns) {
      tape.give(x, input.getGradient());
    }
  }
}
