// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.kernel;

import java.util.List;

/**
 * What is done with queries, keys and values that lie in one array qkv (T, width), as TorchScript.
 *
 * <p>Shapes: T tokens, H heads, K key-value heads, D values a head; a span [3] is the first row,
 * the number N and the length L of sequences of equal length that lie one after the other.
 *
 * @param views statements that name q (T, H, D), or (T, K, H/K, D), k and v (T, K, D), views of qkv
 *     with t rows
 * @param rotated the views that positions rotate, as expressions; together all of q and k
 * @param queryHeads the dimensions of q between T and D: {@code -1}, or {@code K, H/K}
 * @param keyValueHeads K
 * @param scores how queries and keys become the weights of values
 */
public record QkvScript(
    String views,
    List<String> rotated,
    String queryHeads,
    int keyValueHeads,
    AttentionScores scores) {
  private static final String ONE_MORE_DIMENSION =
      """
          cos = torch.unsqueeze(cos, 1)
          sin = torch.unsqueeze(sin, 1)
      """;

  /** Copies the list. */
  public QkvScript {
    rotated = List.copyOf(rotated);
  }

  /**
   * Queries, keys, values one after the other.
   *
   * @param heads H
   * @param keyValueHeads K
   * @param headDim D
   * @param scores how queries and keys become the weights of values
   * @return the script, for width (H + 2 K) · D
   */
  public static QkvScript columns(
      int heads, int keyValueHeads, int headDim, AttentionScores scores) {
    int keys = heads * headDim;
    int values = keys + keyValueHeads * headDim;
    String part = "torch.reshape(torch.slice(qkv, 1, %d, %d), [t, -1, " + headDim + "])";
    return new QkvScript(
        """
            q = %s
            k = %s
            v = %s
        """
            .formatted(
                part.formatted(0, keys),
                part.formatted(keys, values),
                part.formatted(values, values + keyValueHeads * headDim)),
        List.of(part.formatted(0, values)),
        "-1",
        keyValueHeads,
        scores);
  }

  /**
   * Rows of [heads, 3, D], as BLOOM's and GPT-NeoX's fused projections give them.
   *
   * @param heads H
   * @param headDim D
   * @param scores how queries and keys become the weights of values
   * @return the script, for width H · 3 · D
   */
  public static QkvScript interleaved(int heads, int headDim, AttentionScores scores) {
    return new QkvScript(
        """
            parts = torch.reshape(qkv, [t, -1, 3, %d])
            q = torch.select(parts, 2, 0)
            k = torch.select(parts, 2, 1)
            v = torch.select(parts, 2, 2)
        """
            .formatted(headDim),
        List.of("q", "k"),
        "-1",
        heads,
        scores);
  }

  /**
   * Rows of [K, H/K + 2, D]: the queries that share a key and a value before these two, as the
   * fused projections of Falcon's new decoder architecture give them.
   *
   * @param heads H
   * @param keyValueHeads K
   * @param headDim D
   * @param scores how queries and keys become the weights of values
   * @return the script, for width (H + 2 K) · D
   */
  public static QkvScript grouped(
      int heads, int keyValueHeads, int headDim, AttentionScores scores) {
    int group = heads / keyValueHeads;
    return new QkvScript(
        """
            parts = torch.reshape(qkv, [t, %1$d, %2$d + 2, %3$d])
            q = torch.slice(parts, 2, 0, %2$d)
            k = torch.select(parts, 2, %2$d)
            v = torch.select(parts, 2, %2$d + 1)
        """
            .formatted(keyValueHeads, group, headDim),
        List.of("q", "torch.unsqueeze(k, 2)"),
        keyValueHeads + ", " + group,
        keyValueHeads,
        scores);
  }

  private boolean isGrouped() {
    return !queryHeads.equals("-1");
  }

  private String named() {
    return "    t = torch.size(qkv, 0)\n" + views;
  }

  /** (qkv) → q, k, v, each (T, its heads · D). */
  String split() {
    return """
      def forward(self: __torch__.Op, qkv: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
    %s    return (torch.reshape(q, [t, -1]), torch.reshape(k, [t, -1]), torch.reshape(v, [t, -1]))
    """
        .formatted(named());
  }

  /**
   * (qkv, cos [T, 1, half], sin likewise) → qkv, the first 2 · half values of each head of q and k
   * rotated in place; back is the rotation by the opposite angle.
   */
  String rotate(RotaryPairing pairing, boolean back) {
    StringBuilder body = new StringBuilder();
    for (int i = 0; i < rotated.size(); i++) {
      body.append(
          """
              x%1$d = %2$s
              first%1$d = %3$s
              second%1$d = %4$s
              crossed%1$d = torch.mul(first%1$d, sin)
              left%1$d = torch.addcmul_(torch.mul_(first%1$d, cos), second%1$d, sin, value=%5$d)
              right%1$d = torch.add_(torch.mul_(second%1$d, cos), crossed%1$d, alpha=%6$d)
          """
              .formatted(
                  i,
                  rotated.get(i),
                  pairing.firsts("x" + i),
                  pairing.seconds("x" + i),
                  back ? 1 : -1,
                  back ? -1 : 1));
    }
    return """
      def forward(self: __torch__.Op, qkv: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        half = torch.size(cos, -1)
    %s%s%s    return qkv
    """
        .formatted(named(), isGrouped() ? ONE_MORE_DIMENSION : "", body);
  }

  /**
   * (qkv, values [n, layers · 2 · K · D], order, layer []) → the rows of qkv and n more, whose keys
   * and values are those of the layer and whose queries are 0, in that order: the n first, then
   * those of qkv. Differentiable.
   */
  String prefix() {
    return """
      def forward(self: __torch__.Op, qkv: Tensor, values: Tensor, order: Tensor, layer: Tensor) -> Tensor:
        n = torch.size(values, 0)
        rows = torch.new_zeros(qkv, [n, torch.size(qkv, 1)])
        q, k, v = self.views(rows)
        both = torch.reshape(values, [n, -1, 2, torch.size(k, 1), torch.size(k, 2)])
        own = torch.select(both, 1, int(layer))
        k0 = torch.copy_(k, torch.select(own, 1, 0))
        q1, k1, v1 = self.views(rows)
        v0 = torch.copy_(v1, torch.select(own, 1, 1))
        return torch.index_select(torch.cat([rows, qkv]), 0, torch.clone(order))

    %s"""
        .formatted(viewsFunction());
  }

  private String viewsFunction() {
    return """
      def views(self: __torch__.Op, qkv: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
    %s    return (q, k, v)
    """
        .formatted(named());
  }

  /**
   * (qkv, wq [D], wk [D]) → qkv with each head of q and k normed (as {@link TorchOps#rmsNorm}), the
   * norms' scales of q [T, H, 1] and of k [T, K, 1]. Differentiable. For queries, keys, values one
   * after the other.
   */
  String normHeads(double epsilon, double offset) {
    return """
      def forward(self: __torch__.Op, qkv: Tensor, wq: Tensor, wk: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
    %s    rq = self.scale(q)
        rk = self.scale(k)
        y = torch.cat([self.norm(q, rq, wq), self.norm(k, rk, wk), torch.reshape(v, [t, -1])], 1)
        return (y, rq, rk)

      def scale(self: __torch__.Op, x: Tensor) -> Tensor:
        return torch.rsqrt(torch.add(torch.mean(torch.square(x), [2], True), %s))

      def norm(self: __torch__.Op, x: Tensor, r: Tensor, w: Tensor) -> Tensor:
        return torch.reshape(torch.mul(torch.mul(x, r), %s), [torch.size(x, 0), -1])
    """
        .formatted(named(), epsilon, TorchOps.offsetWeight(offset));
  }

  /**
   * The gradient of {@link #normHeads}: (dy, qkv, wq, wk, rq, rk) → dqkv, written over dy, dwq,
   * dwk.
   */
  String normHeadsBack(double offset) {
    return """
      def forward(self: __torch__.Op, dy: Tensor, qkv: Tensor, wq: Tensor, wk: Tensor, rq: Tensor, rk: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
        q, k = self.views(qkv)
        dq, dk = self.views(dy)
        return (dy, self.back(dq, q, wq, rq), self.back(dk, k, wk, rk))

      def back(self: __torch__.Op, d: Tensor, x: Tensor, w: Tensor, r: Tensor) -> Tensor:
        dw = torch.sum(torch.mul(torch.mul(x, r), d), [0, 1])
        g = torch.mul(d, %s)
        c = torch.mul(torch.mean(torch.mul(g, x), [2], True), torch.pow(r, 3))
        dx = torch.copy_(d, torch.sub(torch.mul(g, r), torch.mul(x, c)))
        return dw

      def views(self: __torch__.Op, qkv: Tensor) -> Tuple[Tensor, Tensor]:
    %s    return (q, k)
    """
        .formatted(TorchOps.offsetWeight(offset), named());
  }

  /** (qkv, span[, mask]) → [N·L, H·D]. Differentiable. */
  String attend(AttentionMask mask) {
    return """
      def forward(self: __torch__.Op, qkv: Tensor, span: Tensor%s) -> Tensor:
    %s%s    return torch.reshape(torch.transpose(y, 1, 2), [n * l, -1])
    """
        .formatted(mask.parameter(), sequences(), scores.attend(mask));
  }

  /** The same on a CPU, without a graph: → [N·L, H·D] and the scores' log-sum-exp [N, H, L]. */
  String attendOnCpu(AttentionMask mask) {
    return """
      def forward(self: __torch__.Op, qkv: Tensor, span: Tensor%s) -> Tuple[Tensor, Tensor]:
    %s    y, lse = torch._scaled_dot_product_flash_attention_for_cpu(qs, ks, vs, %s)
        return (torch.reshape(torch.transpose(y, 1, 2), [n * l, -1]), lse)
    """
        .formatted(mask.parameter(), sequences(), onCpu(mask));
  }

  /**
   * (dy [T, H·D], qkv, y [T, H·D], lse, span, dqkv[, mask]) → dqkv, its rows of the span written.
   */
  String attendBackOnCpu(AttentionMask mask) {
    return """
      def forward(self: __torch__.Op, dy: Tensor, qkv: Tensor, y: Tensor, lse: Tensor, span: Tensor, dqkv: Tensor%s) -> Tensor:
    %s    dys = torch.transpose(torch.reshape(torch.slice(dy, 0, first, first + n * l), [n, l, -1, d]), 1, 2)
        ys = torch.transpose(torch.reshape(torch.slice(y, 0, first, first + n * l), [n, l, -1, d]), 1, 2)
        dqs, dks, dvs = torch._scaled_dot_product_flash_attention_for_cpu_backward(dys, qs, ks, vs, ys, lse, %s)
        dq, dk, dv = self.views(torch.slice(dqkv, 0, first, first + n * l))
        dqs0 = torch.copy_(torch.reshape(dq, [n, l, %s, d]), torch.reshape(torch.transpose(dqs, 1, 2), [n, l, %s, d]))
        if torch.gt(groups, 1):
          dks = torch.sum(torch.reshape(dks, [n, -1, groups, l, d]), [2])
          dvs = torch.sum(torch.reshape(dvs, [n, -1, groups, l, d]), [2])
        dks0 = torch.copy_(torch.reshape(dk, [n, l, -1, d]), torch.transpose(dks, 1, 2))
        dvs0 = torch.copy_(torch.reshape(dv, [n, l, -1, d]), torch.transpose(dvs, 1, 2))
        return dqkv

      def views(self: __torch__.Op, qkv: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
    %s    return (q, k, v)
    """
        .formatted(mask.parameter(), sequences(), onCpu(mask), queryHeads, queryHeads, named());
  }

  private String onCpu(AttentionMask mask) {
    return "%s, scale=%s".formatted(mask.argumentsOnCpu(), scores.scale());
  }

  private String sequences() {
    return named()
        + """
            first = int(torch.select(span, 0, 0))
            n = int(torch.select(span, 0, 1))
            l = int(torch.select(span, 0, 2))
            d = torch.size(q, -1)
            qs = torch.transpose(torch.reshape(torch.slice(q, 0, first, first + n * l), [n, l, -1, d]), 1, 2)
            ks = torch.transpose(torch.reshape(torch.slice(k, 0, first, first + n * l), [n, l, -1, d]), 1, 2)
            vs = torch.transpose(torch.reshape(torch.slice(v, 0, first, first + n * l), [n, l, -1, d]), 1, 2)
            groups = torch.floordiv(torch.size(qs, 1), %d)
            if torch.gt(groups, 1):
              ks = torch.repeat_interleave(ks, groups, 1)
              vs = torch.repeat_interleave(vs, groups, 1)
        """
            .formatted(keyValueHeads);
  }
}
