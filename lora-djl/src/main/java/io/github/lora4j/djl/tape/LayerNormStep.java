// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.tape;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import io.github.lora4j.djl.kernel.TorchOp;
import io.github.lora4j.djl.kernel.TorchOps;

/** The layer norm y = (x − mean) · r · w + b with r = 1 / sqrt(var + eps), and back. */
public final class LayerNormStep {
  private final TorchOp forward;
  private final TorchOp backward;

  /**
   * Prepares the step.
   *
   * @param ops the operators
   * @param epsilon eps
   */
  public LayerNormStep(TorchOps ops, double epsilon) {
    forward =
        ops.op(
            """
              def forward(self: __torch__.Op, x: Tensor, w: Tensor, b: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
                y, mean, r = torch.native_layer_norm(x, [torch.size(x, 1)], w, b, %s)
                return (y, mean, r)
            """
                .formatted(epsilon));
    backward =
        ops.op(
            """
              def forward(self: __torch__.Op, dy: Tensor, x: Tensor, w: Tensor, b: Tensor, mean: Tensor, r: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
                dx, dw, db = torch.native_layer_norm_backward(dy, x, [torch.size(x, 1)], mean, r, w, b, [True, True, True])
                return (dx, dw, db)
            """);
  }

  /**
   * Normalises.
   *
   * @param x shape (T, N)
   * @param w shape (N)
   * @param b shape (N)
   * @param tape where the step is noted
   * @return shape (T, N)
   */
  public NDArray forward(NDArray x, NDArray w, NDArray b, Tape tape) {
    NDList all = forward.applyAll(x, w, b);
    NDArray mean = all.get(1);
    NDArray r = all.get(2);
    boolean trains = tape.isRecording() && (w.hasGradient() || b.hasGradient());
    if (tape.tracks(x) || trains) {
      tape.record(
          all.get(0),
          (dy, t) -> {
            NDList gradients = backward.applyAll(dy, x, w, b, mean, r);
            t.give(x, gradients.get(0));
            ParameterGradients.add(w, gradients.get(1));
            ParameterGradients.add(b, gradients.get(2));
          },
          x,
          mean,
          r);
    }
    return all.get(0);
  }
}
