// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject.parameter;

import io.github.lora4j.djl.kernel.TorchOp;
import io.github.lora4j.djl.kernel.TorchOps;
import io.github.lora4j.target.AdaptableModule.Kind;

/**
 * How a weight W and its factors A and B lie in memory, and so what W + scaling · B A and its
 * derivatives are. A kernel's extents count as columns.
 */
enum FactorLayout {
  /** W (out, in), A (rank, in), B (out, rank) (PEFT: {@code lora.Linear}, {@code lora.Conv2d}). */
  MATRIX(
      "torch.mm(torch.flatten(b, 1), torch.flatten(a, 1))",
      "torch.mm(torch.t(torch.flatten(b, 1)), torch.flatten(dw, 1))",
      "torch.mm(torch.flatten(dw, 1), torch.t(torch.flatten(a, 1)))"),
  /** W (rows, width), A (rank, rows), B (width, rank) (PEFT: {@code lora.Embedding}). */
  TABLE(
      "torch.mm(torch.t(a), torch.t(b))",
      "torch.mm(torch.t(b), torch.t(dw))",
      "torch.mm(torch.t(dw), torch.t(a))");

  private final String product;
  private final String gradientOfA;
  private final String gradientOfB;

  FactorLayout(String product, String gradientOfA, String gradientOfB) {
    this.product = product;
    this.gradientOfA = gradientOfA;
    this.gradientOfB = gradientOfB;
  }

  static FactorLayout of(Kind kind) {
    return kind == Kind.EMBEDDING ? TABLE : MATRIX;
  }

  /**
   * The adapted weight. The first argument only says whose manager the result is on.
   *
   * @return (any, w, a, b) → w + scaling · b a, differentiable
   */
  TorchOp sum(TorchOps ops, double scaling) {
    return ops.op(
        """
          def forward(self: __torch__.Op, owner: Tensor, w: Tensor, a: Tensor, b: Tensor) -> Tensor:
            delta = torch.mul(%s, %s)
            return torch.add(w, torch.reshape(delta, torch.size(w)))
        """
            .formatted(product, scaling));
  }

  /**
   * The gradient of A.
   *
   * @return (dw, a, b) → scaling · bᵀ dw, of the shape of a
   */
  TorchOp gradientOfA(TorchOps ops, double scaling) {
    return gradient(ops, gradientOfA, "a", scaling);
  }

  /**
   * The gradient of B.
   *
   * @return (dw, a, b) → scaling · dw aᵀ, of the shape of b
   */
  TorchOp gradientOfB(TorchOps ops, double scaling) {
    return gradient(ops, gradientOfB, "b", scaling);
  }

  private static TorchOp gradient(TorchOps ops, String formula, String factor, double scaling) {
    return ops.op(
        """
          def forward(self: __torch__.Op, dw: Tensor, a: Tensor, b: Tensor) -> Tensor:
            return torch.reshape(torch.mul(%s, %s), torch.size(%s))
        """
            .formatted(formula, scaling, factor));
  }
}
