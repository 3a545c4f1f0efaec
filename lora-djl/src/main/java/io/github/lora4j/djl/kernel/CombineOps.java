// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.kernel;

/**
 * Operators that combine adapters.
 *
 * @param ops compiles them
 */
public record CombineOps(TorchOps ops) {
  /**
   * The values that are largest without their signs.
   *
   * @param count how many stay; all others become 0
   * @return (x [any]) → the same shape
   */
  public TorchOp largest(long count) {
    return ops.op(
        """
          def forward(self: __torch__.Op, x: Tensor) -> Tensor:
            flat = torch.reshape(x, [-1])
            values, places = torch.topk(torch.abs(flat), %d)
            stays = torch.scatter(torch.zeros_like(flat), 0, places, 1.)
            return torch.mul(x, torch.reshape(stays, torch.size(x)))
        """
            .formatted(count));
  }

  /**
   * The largest singular values and their vectors.
   *
   * @param rank how many at most
   * @return (w [out, in]) → A = Vᵀ [rank, in], B = U S [out, rank]
   */
  public TorchOp singular(int rank) {
    return ops.op(
        """
          def forward(self: __torch__.Op, w: Tensor) -> Tuple[Tensor, Tensor]:
            u, s, v = torch.linalg_svd(w, False)
            scaled = torch.mul(u, s)
            a = torch.contiguous(torch.slice(v, 0, 0, %1$d))
            return (a, torch.contiguous(torch.slice(scaled, 1, 0, %1$d)))
        """
            .formatted(rank));
  }
}
