// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.paged;

import io.github.lora4j.djl.kernel.AttentionMask;
import io.github.lora4j.djl.kernel.AttentionScores;

/**
 * Attention over pages as TorchScript.
 *
 * <p>Shapes: T rows of a step, B sequences that bring R rows each, N pages of a table, S keys, P
 * tokens a page, L layers, H heads, K key-value heads, D values a head; memory is [pages, L, 2, K,
 * P, D].
 */
final class PagedScript {
  private PagedScript() {}

  /**
   * Writes rows' keys and values into pages.
   *
   * @return (k [T, K·D], v likewise, memory, layer [], pages [T] int64, slots [T] int64) → memory
   */
  static String store(PageShape shape) {
    return """
      def forward(self: __torch__.Op, k: Tensor, v: Tensor, memory: Tensor, layer: Tensor, pages: Tensor, slots: Tensor) -> Tensor:
        both = torch.select(memory, 1, int(layer))
        at = annotate(List[Optional[Tensor]], [pages, slots])
        keys = torch.transpose(torch.select(both, 1, 0), 1, 2)
        values = torch.transpose(torch.select(both, 1, 1), 1, 2)
        k0 = torch.index_put_(keys, at, torch.reshape(k, [-1, %1$d, %2$d]))
        v0 = torch.index_put_(values, at, torch.reshape(v, [-1, %1$d, %2$d]))
        return memory
    """
        .formatted(shape.keyValueHeads(), shape.headDim());
  }

  /**
   * Attends rows to the pages of their sequences. What lies in a page beyond its sequence's length
   * may be anything, even no number, and is not read.
   *
   * @return (q [T, H·D], memory, layer [], first [] = first row, tables [B, N] int64, lengths [B]
   *     int64, keys [S] int64 = 0, 1, …, mask [B, H or 1, R, S] additive) → [B·R, H·D]
   */
  static String attend(PageShape shape, AttentionScores scores) {
    return """
      def forward(self: __torch__.Op, q: Tensor, memory: Tensor, layer: Tensor, first: Tensor, tables: Tensor, lengths: Tensor, keys: Tensor, mask: Tensor) -> Tensor:
        b = torch.size(tables, 0)
        n = torch.size(tables, 1)
        r = torch.size(mask, 2)
        s = torch.size(mask, 3)
        picked = torch.index_select(torch.select(memory, 1, int(layer)), 0, torch.reshape(tables, [-1]))
        sided = torch.permute(torch.reshape(picked, [b, n, 2, %1$d, %2$d, %3$d]), [2, 0, 3, 1, 4, 5])
        seen = torch.slice(torch.reshape(sided, [2, b, %1$d, n * %2$d, %3$d]), 3, 0, s)
        beyond = torch.ge(torch.reshape(keys, [1, 1, 1, -1, 1]), torch.reshape(lengths, [1, b, 1, 1, 1]))
        both = torch.masked_fill(seen, beyond, 0)
        ks = torch.select(both, 0, 0)
        vs = torch.select(both, 0, 1)
        row = int(first)
        own = torch.slice(q, 0, row, row + b * r)
        qs = torch.transpose(torch.reshape(own, [b, r, -1, %3$d]), 1, 2)
        groups = torch.floordiv(torch.size(qs, 1), %1$d)
        if torch.gt(groups, 1):
          ks = torch.repeat_interleave(ks, groups, 1)
          vs = torch.repeat_interleave(vs, groups, 1)
    %4$s
        return torch.reshape(torch.transpose(y, 1, 2), [b * r, -1])
    """
        .formatted(
            shape.keyValueHeads(),
            shape.tokens(),
            shape.headDim(),
            scores.attend(AttentionMask.ADDITIVE));
  }
}
