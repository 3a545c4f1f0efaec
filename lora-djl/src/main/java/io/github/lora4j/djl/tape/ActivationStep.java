// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.tape;

import ai.djl.ndarray.NDArray;
import io.github.lora4j.djl.kernel.TorchOp;
import io.github.lora4j.djl.kernel.TorchOps;

/** A non-linearity without parameters, and back from its input. */
public final class ActivationStep {
  private final TorchOp forward;
  private final TorchOp backward;

  private ActivationStep(TorchOp forward, TorchOp backward) {
    this.forward = forward;
    this.backward = backward;
  }

  /**
   * SwiGLU's gate, y = silu(gate) · up, of both side by side.
   *
   * @param ops the operators
   * @return the step, (T, 2 N) → (T, N)
   */
  public static ActivationStep siluGate(TorchOps ops) {
    return new ActivationStep(
        ops.siluGate(),
        ops.op(
            """
              def forward(self: __torch__.Op, dy: Tensor, x: Tensor) -> Tensor:
                gate, up = torch.chunk(x, 2, 1)
                dx = torch.empty_like(x)
                dgate, dup = torch.chunk(dx, 2, 1)
                torch.mul(torch.silu(gate), dy, out=dup)
                torch.silu_backward(torch.mul_(dy, up), gate, grad_input=dgate)
                return dx
            """));
  }

  /**
   * The tanh approximation of GELU.
   *
   * @param ops the operators
   * @return the step, (T, N) → (T, N)
   */
  public static ActivationStep geluTanh(TorchOps ops) {
    return new ActivationStep(
        ops.geluTanh(),
        ops.op(
            """
              def forward(self: __torch__.Op, dy: Tensor, x: Tensor) -> Tensor:
                return torch.gelu_backward(dy, x, approximate="tanh")
            """));
  }

  /**
   * GELU by the error function (Hendrycks and Gimpel, 2016).
   *
   * @param ops the operators
   * @return the step, (T, N) → (T, N)
   */
  public static ActivationStep gelu(TorchOps ops) {
    return new ActivationStep(
        ops.op(
            """
              def forward(self: __torch__.Op, x: Tensor) -> Tensor:
                return torch.gelu(x)
            """),
        ops.op(
            """
              def forward(self: __torch__.Op, dy: Tensor, x: Tensor) -> Tensor:
                return torch.gelu_backward(dy, x)
            """));
  }

  /**
   * The rectifier, max(x, 0).
   *
   * @param ops the operators
   * @return the step, (T, N) → (T, N)
   */
  public static ActivationStep relu(TorchOps ops) {
    return new ActivationStep(
        ops.op(
            """
              def forward(self: __torch__.Op, x: Tensor) -> Tensor:
                return torch.relu(x)
            """),
        ops.op(
            """
              def forward(self: __torch__.Op, dy: Tensor, x: Tensor) -> Tensor:
                return torch.threshold_backward(dy, x, 0)
            """));
  }

  /**
   * x · sigmoid(x) (Ramachandran et al., 2017; also called swish).
   *
   * @param ops the operators
   * @return the step, (T, N) → (T, N)
   */
  public static ActivationStep silu(TorchOps ops) {
    return new ActivationStep(
        ops.op(
            """
              def forward(self: __torch__.Op, x: Tensor) -> Tensor:
                return torch.silu(x)
            """),
        ops.op(
            """
              def forward(self: __torch__.Op, dy: Tensor, x: Tensor) -> Tensor:
                return torch.silu_backward(dy, x)
            """));
  }

  /**
   * The hyperbolic tangent.
   *
   * @param ops the operators
   * @return the step, (T, N) → (T, N)
   */
  public static ActivationStep tanh(TorchOps ops) {
    return new ActivationStep(
        ops.op(
            """
              def forward(self: __torch__.Op, x: Tensor) -> Tensor:
                return torch.tanh(x)
            """),
        ops.op(
            """
              def forward(self: __torch__.Op, dy: Tensor, x: Tensor) -> Tensor:
                return torch.tanh_backward(dy, torch.tanh(x))
            """));
  }

  /**
   * Limits every value to a range (MPT: {@code clip_qkv}).
   *
   * @param ops the operators
   * @param limit values are cut to −limit … limit
   * @return the step, (T, N) → (T, N)
   */
  public static ActivationStep clamp(TorchOps ops, double limit) {
    return new ActivationStep(
        ops.op(
            """
              def forward(self: __torch__.Op, x: Tensor) -> Tensor:
                return torch.clamp(x, %s, %s)
            """
                .formatted(-limit, limit)),
        ops.op(
            """
              def forward(self: __torch__.Op, dy: Tensor, x: Tensor) -> Tensor:
                return torch.mul(dy, torch.le(torch.abs(x), %s))
            """
                .formatted(limit)));
  }

  /**
   * GEGLU's gate (Shazeer, 2020), y = gelu(gate) · up with the tanh approximation, of both side by
   * side.
   *
   * @param ops the operators
   * @return the step, (T, 2 N) → (T, N)
   */
  public static ActivationStep geluTanhGate(TorchOps ops) {
    return new ActivationStep(
        ops.op(
            """
              def forward(self: __torch__.Op, x: Tensor) -> Tensor:
                gate, up = torch.chunk(x, 2, 1)
                return torch.mul(torch.gelu(gate, approximate="tanh"), up)
            """),
        ops.op(
            """
              def forward(self: __torch__.Op, dy: Tensor, x: Tensor) -> Tensor:
                gate, up = torch.chunk(x, 2, 1)
                dx = torch.empty_like(x)
                dgate, dup = torch.chunk(dx, 2, 1)
                torch.mul(torch.gelu(gate, approximate="tanh"), dy, out=dup)
                torch.gelu_backward(torch.mul_(dy, up), gate, approximate="tanh", grad_input=dgate)
                return dx
            """));
  }

  /**
   * A soft cap, y = cap · tanh(x / cap) (transformers: {@code final_logit_softcapping}).
   *
   * @param ops the operators
   * @param cap what no value exceeds
   * @return the step, (T, N) → (T, N)
   */
  public static ActivationStep softCap(TorchOps ops, double cap) {
    String tanh = "torch.tanh(torch.div(x, %s))".formatted(cap);
    return new ActivationStep(
        ops.op(
            """
              def forward(self: __torch__.Op, x: Tensor) -> Tensor:
                return torch.mul(%s, %s)
            """
                .formatted(tanh, cap)),
        ops.op(
            """
              def forward(self: __torch__.Op, dy: Tensor, x: Tensor) -> Tensor:
                return torch.tanh_backward(dy, %s)
            """
                .formatted(tanh)));
  }

  /**
   * Activates.
   *
   * @param x the input
   * @param tape where the step is noted
   * @return the output
   */
  public NDArray forward(NDArray x, Tape tape) {
    NDArray y = forward.apply(x);
    if (tape.tracks(x)) {
      tape.record(y, (dy, t) -> t.give(x, backward.apply(dy, x)), x);
    }
    return y;
  }
}
