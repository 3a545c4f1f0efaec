// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.kernel;

/**
 * Operators for tables of which an adapter replaces some rows (PEFT: {@code TrainableTokensLayer}).
 *
 * <p>K rows are replaced. Their indices are read again in backward passes: whoever calls keeps them
 * open.
 *
 * @param ops compiles them
 */
public record RowOps(TorchOps ops) {
  /**
   * Rows of a table, those that are replaced from elsewhere.
   *
   * @param scale what rows are multiplied by, rounded to float32
   * @return (ids [T] int64, y [T, N] of the table, values [K, N], sorted [K] int64 = the replaced
   *     indices, order [K] int64 = the row of values of each) → [T, N]
   */
  public TorchOp replaceEmbedded(double scale) {
    return ops.op(
        """
          def forward(self: __torch__.Op, ids: Tensor, y: Tensor, values: Tensor, sorted: Tensor, order: Tensor) -> Tensor:
            at = torch.clamp(torch.searchsorted(sorted, ids), None, torch.size(sorted, 0) - 1)
            hit = torch.eq(torch.index_select(sorted, 0, at), ids)
            own = torch.index_select(values, 0, torch.index_select(order, 0, at))
            return torch.where(torch.unsqueeze(hit, 1), %s, y)
        """
            .formatted(scale == 1 ? "own" : "torch.mul(own, %s)".formatted((float) scale)));
  }

  /**
   * Products with replaced rows of a weight, written over those with the base's in place.
   *
   * @return (x [T, in], y [T, out], values [K, in], rows [K] int64) → y
   */
  public TorchOp replaceProjected() {
    return ops.op(
        """
          def forward(self: __torch__.Op, x: Tensor, y: Tensor, values: Tensor, rows: Tensor) -> Tensor:
            return torch.index_copy_(y, 1, rows, torch.linear(x, values))
        """);
  }

  /**
   * The same of a map with a bias.
   *
   * @return (x [T, in], y [T, out], values [K, in], rows [K] int64, bias [out]) → y
   */
  public TorchOp replaceProjectedWithBias() {
    return ops.op(
        """
          def forward(self: __torch__.Op, x: Tensor, y: Tensor, values: Tensor, rows: Tensor, bias: Tensor) -> Tensor:
            own = torch.linear(x, values, torch.index_select(bias, 0, rows))
            return torch.index_copy_(y, 1, rows, own)
        """);
  }

  /**
   * The gradient of the replaced rows.
   *
   * @return (dy [T, out], x [T, in], rows [K] int64) → dyᵀ x of these rows [K, in]
   */
  public TorchOp replacedGradient() {
    return ops.op(
        """
          def forward(self: __torch__.Op, dy: Tensor, x: Tensor, rows: Tensor) -> Tensor:
            return torch.mm(torch.t(torch.index_select(dy, 1, rows)), x)
        """);
  }

  /**
   * What of a gradient concerns the base's rows.
   *
   * @return (dy [T, out], rows [K] int64) → dy, zero in these columns
   */
  public TorchOp withoutColumns() {
    return ops.op(
        """
          def forward(self: __torch__.Op, dy: Tensor, rows: Tensor) -> Tensor:
            return torch.index_fill(dy, 1, rows, 0.)
        """);
  }

  /**
   * Adds the gradient that comes through the replaced rows in place.
   *
   * @return (dx [T, in], dy [T, out], values [K, in], rows [K] int64) → dx
   */
  public TorchOp addInputGradient() {
    return ops.op(
        """
          def forward(self: __torch__.Op, dx: Tensor, dy: Tensor, values: Tensor, rows: Tensor) -> Tensor:
            return torch.addmm_(dx, torch.index_select(dy, 1, rows), values)
        """);
  }

  /**
   * A table with rows replaced.
   *
   * @return (values [K, N], table [V, N], rows [K] int64) → another table
   */
  public TorchOp replaced() {
    return ops.op(
        """
          def forward(self: __torch__.Op, values: Tensor, table: Tensor, rows: Tensor) -> Tensor:
            return torch.index_copy(table, 0, rows, values)
        """);
  }

  /**
   * Rows of a table.
   *
   * @return (rows [K] int64, table [V, N]) → [K, N]
   */
  public TorchOp rows() {
    return ops.op(
        """
          def forward(self: __torch__.Op, rows: Tensor, table: Tensor) -> Tensor:
            return torch.index_select(table, 0, rows)
        """);
  }
}
