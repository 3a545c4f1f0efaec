// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.kernel;

/**
 * Operators that give an adapter its first factors: A (rank, in), B (out, rank).
 *
 * @param ops compiles them
 */
public record FactorOps(TorchOps ops) {
  /**
   * The largest singular values and their vectors, shared out evenly (Meng et al., 2024).
   *
   * @param rank how many
   * @return (w [out, in], scaling []) → A = √(S/scaling) Vᵀ, B = U √(S/scaling)
   */
  public TorchOp singular(int rank) {
    return ops.op(
        """
          def forward(self: __torch__.Op, w: Tensor, scaling: Tensor) -> Tuple[Tensor, Tensor]:
            u, s, v = torch.linalg_svd(w, False)
            root = torch.sqrt(torch.div(torch.slice(s, 0, 0, %1$d), scaling))
            a = torch.mul(torch.slice(v, 0, 0, %1$d), torch.unsqueeze(root, 1))
            b = torch.mul(torch.slice(u, 1, 0, %1$d), root)
            return (torch.contiguous(a), torch.contiguous(b))
        """
            .formatted(rank));
  }

  /**
   * The same, nearly, of the weight's image of a few random directions (Halko et al., 2009,
   * algorithms 4.4 and 5.1).
   *
   * @param iterations power iterations
   * @return (w [out, in], scaling [], directions [in, rank]) → A, B
   */
  public TorchOp randomisedSingular(int iterations) {
    return ops.op(
        """
          def forward(self: __torch__.Op, w: Tensor, scaling: Tensor, directions: Tensor) -> Tuple[Tensor, Tensor]:
            q, r = torch.linalg_qr(torch.mm(w, directions))
        %s\
            u, s, v = torch.linalg_svd(torch.mm(torch.t(q), w), False)
            root = torch.sqrt(torch.div(s, scaling))
            a = torch.mul(v, torch.unsqueeze(root, 1))
            return (a, torch.mul(torch.mm(q, u), root))
        """
            .formatted(
                """
                    q, r = torch.linalg_qr(torch.mm(torch.t(w), q))
                    q, r = torch.linalg_qr(torch.mm(w, q))
                """
                    .repeat(iterations)));
  }

  /**
   * The first columns of Q and rows of R (Büyükakyüz, 2024).
   *
   * @param rank how many
   * @return (w [out, in]) → A, B
   */
  public TorchOp orthonormal(int rank) {
    return ops.op(
        """
          def forward(self: __torch__.Op, w: Tensor) -> Tuple[Tensor, Tensor]:
            q, r = torch.linalg_qr(w)
            a = torch.contiguous(torch.slice(r, 0, 0, %1$d))
            return (a, torch.contiguous(torch.slice(q, 1, 0, %1$d)))
        """
            .formatted(rank));
  }

  /**
   * Factors whose product is 0: A of odd rows of an orthogonal matrix, B of even ones (PEFT: {@code
   * orthogonal_init}).
   *
   * @return (x [rank, rank], left [in, rank/2], right [out, rank/2], all normal) → A, B
   */
  public TorchOp orthogonal() {
    return ops.op(
        """
          def forward(self: __torch__.Op, x: Tensor, left: Tensor, right: Tensor) -> Tuple[Tensor, Tensor]:
            q, r = torch.linalg_qr(x)
            a = torch.div(torch.t(torch.mm(left, torch.slice(q, 0, 0, None, 2))), 10.)
            b = torch.div(torch.mm(right, torch.slice(q, 0, 1, None, 2)), 10.)
            return (torch.contiguous(a), b)
        """);
  }
}
