// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.tape;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import io.github.lora4j.djl.kernel.TorchOp;
import io.github.lora4j.djl.kernel.TorchOps;
import java.util.Optional;

/**
 * The root-mean-square norm y = x · r · (o + w) with r = 1 / sqrt(mean(x²) + eps), and back:
 *
 * <pre>
 * g  = dy · (o + w)
 * dx = r · g − x · r³ · mean(g · x)
 * dw = Σ dy · x · r over the rows
 * </pre>
 */
public final class RmsNormStep {
  private final TorchOp forward;
  private final TorchOp backward;
  private final TorchOp backwardOnto;
  private final TorchOp weightGradient;

  /**
   * Prepares the step.
   *
   * @param ops the operators
   * @param epsilon eps
   * @param offset o: 0, in Gemma's models 1
   */
  public RmsNormStep(TorchOps ops, double epsilon, double offset) {
    String weight = TorchOps.offsetWeight(offset);
    forward =
        ops.op(
            """
              def forward(self: __torch__.Op, x: Tensor, w: Tensor) -> Tuple[Tensor, Tensor]:
                norm = torch.linalg_vector_norm(x, 2, [-1], True)
                meanSquare = torch.div(torch.square(norm), torch.size(x, -1))
                scale = torch.rsqrt(torch.add(meanSquare, %s))
                return (torch.mul_(torch.mul(x, scale), %s), scale)
            """
                .formatted(epsilon, weight));
    backward = ops.op(backward("", weight, "torch.addcmul_(torch.mul_(g, r), x, c)"));
    backwardOnto =
        ops.op(
            backward(", onto: Tensor", weight, "torch.addcmul_(torch.addcmul_(onto, g, r), x, c)"));
    weightGradient =
        ops.op(
            """
              def forward(self: __torch__.Op, dy: Tensor, x: Tensor, r: Tensor) -> Tensor:
                return torch.sum(torch.mul_(torch.mul(x, r), dy), [0])
            """);
  }

  private static String backward(String more, String weight, String result) {
    return """
      def forward(self: __torch__.Op, dy: Tensor, x: Tensor, w: Tensor, r: Tensor%s) -> Tensor:
        g = torch.mul(dy, %s)
        mean = torch.div(torch.sum(torch.mul(g, x), [1], True), torch.size(x, 1))
        c = torch.neg(torch.mul(mean, torch.pow(r, 3)))
        return %s
    """
        .formatted(more, weight, result);
  }

  /**
   * Normalises.
   *
   * @param x shape (T, N)
   * @param w shape (N)
   * @param tape where the step is noted
   * @return shape (T, N)
   */
  public NDArray forward(NDArray x, NDArray w, Tape tape) {
    NDList both = forward.applyAll(x, w);
    NDArray r = both.get(1);
    if (tape.tracks(x) || (tape.isRecording() && w.hasGradient())) {
      tape.record(both.get(0), (dy, t) -> backward(dy, x, w, r, t), x, r);
    }
    return both.get(0);
  }

  private void backward(NDArray dy, NDArray x, NDArray w, NDArray r, Tape tape) {
    if (w.hasGradient()) {
      ParameterGradients.add(w, weightGradient.apply(dy, x, r));
    }
    if (tape.tracks(x)) {
      Optional<NDArray> before = tape.gradient(x);
      if (before.isPresent()) {
        backwardOnto.apply(dy, x, w, r, before.get());
      } else {
        tape.give(x, backward.apply(dy, x, w, r));
      }
    }
  }
}
