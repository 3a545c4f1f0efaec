// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.tape;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import io.github.lora4j.djl.kernel.QkvOps;
import io.github.lora4j.djl.kernel.TorchOp;

/**
 * The root-mean-square norm of {@link RmsNormStep} over each head of queries and keys that lie in
 * one array with the values, and back.
 */
public final class HeadNormStep {
  private final TorchOp forward;
  private final TorchOp backward;

  /**
   * Prepares the step.
   *
   * @param ops the operators on the array
   * @param epsilon added to the mean square
   * @param offset added to the weights: 0, or 1
   */
  public HeadNormStep(QkvOps ops, double epsilon, double offset) {
    forward = ops.normHeads(epsilon, offset);
    backward = ops.normHeadsBack(offset);
  }

  /**
   * Normalises.
   *
   * @param qkv shape (T, width)
   * @param wq the queries' weight, shape (headDim)
   * @param wk the keys' weight, shape (headDim)
   * @param tape where the step is noted
   * @return queries and keys normed, values as they are, shape (T, width)
   */
  public NDArray forward(NDArray qkv, NDArray wq, NDArray wk, Tape tape) {
    NDList all = forward.applyAll(qkv, wq, wk);
    NDArray rq = all.get(1);
    NDArray rk = all.get(2);
    boolean trains = tape.isRecording() && (wq.hasGradient() || wk.hasGradient());
    if (tape.tracks(qkv) || trains) {
      tape.record(
          all.get(0),
          (dy, t) -> {
            NDList gradients = backward.applyAll(dy, qkv, wq, wk, rq, rk);
            ParameterGradients.add(wq, gradients.get(1));
            ParameterGradients.add(wk, gradients.get(2));
            t.give(qkv, gradients.get(0));
          },
          qkv,
          rq,
          rk);
    }
    return all.get(0);
  }
}
