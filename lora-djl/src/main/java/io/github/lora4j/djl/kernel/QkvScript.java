package io.github.lora4j.djl.kernel;

import java.util.List;

/**
 * What is done with queries, keys and values that lie in one array qkv (T, width), as TorchScript.
 *
 * <p>Shapes: T tokens, H heads, K key-value heads, D values a head; a span [3] is the first row,
 * the number N and the length L of sequences of equal length that lie one after the other.
 *
 * @param views statements that name q (T, H, D), k and v (T, K, D), views of qkv with t rows
 * @param rotated the views that positions rotate, as expressions; together all of q and k
 * @param keyValueHeads K
 */
public record QkvScript(String views, List<String> rotated, int keyValueHeads) {
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
   * @return the script, for width (H + 2 K) · D
   */
  public static QkvScript columns(int heads, int keyValueHeads, int headDim) {
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
        keyValueHeads);
  }

  /**
   * Rows of [heads, 3, D], as BLOOM's and GPT-NeoX's fused projections give them.
   *
   * @param heads H
   * @param headDim D
   * @return the script, for width H · 3 · D
   */
  public static QkvScript interleaved(int heads, int headDim) {
    return new QkvScript(
        """
            parts = torch.reshape(qkv, [t, -1, 3, %d])
            q = torch.select(parts, 2, 0)
            k = torch.select(parts, 2, 1)
            v = torch.select(parts, 2, 2)
        """
            .formatted(headDim),
        List.of("q", "k"),
        heads);
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
   * (qkv, cos [T, 1, D/2], sin likewise) → qkv, q and k rotated in place on halves, as in
   * transformers' {@code rotate_half}; back is the rotation by the opposite angle.
   */
  String rotate(boolean back) {
    StringBuilder body = new StringBuilder();
    for (int i = 0; i < rotated.size(); i++) {
      body.append(
          """
              x%1$d = %2$s
              first%1$d = torch.slice(x%1$d, 2, 0, half)
              second%1$d = torch.slice(x%1$d, 2, half)
              crossed%1$d = torch.mul(first%1$d, sin)
              left%1$d = torch.addcmul_(torch.mul_(first%1$d, cos), second%1$d, sin, value=%3$d)
              right%1$d = torch.add_(torch.mul_(second%1$d, cos), crossed%1$d, alpha=%4$d)
          """
              .formatted(i, rotated.get(i), back ? 1 : -1, back ? -1 : 1));
    }
    return """
      def forward(self: __torch__.Op, qkv: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        half = torch.size(cos, 2)
    %s%s    return qkv
    """
        .formatted(named(), body);
  }

  /** (qkv, span[, mask]) → [N·L, H·D]. Differentiable. */
  String attend(AttentionMask mask) {
    return """
      def forward(self: __torch__.Op, qkv: Tensor, span: Tensor%s) -> Tensor:
    %s    y = torch.scaled_dot_product_attention(qs, ks, vs, %s)
        return torch.reshape(torch.transpose(y, 1, 2), [n * l, -1])
    """
        .formatted(mask.parameter(), sequences(), mask.arguments());
  }

  /** The same on a CPU, without a graph: → [N·L, H·D] and the scores' log-sum-exp [N, H, L]. */
  String attendOnCpu(AttentionMask mask) {
    return """
      def forward(self: __torch__.Op, qkv: Tensor, span: Tensor%s) -> Tuple[Tensor, Tensor]:
    %s    y, lse = torch._scaled_dot_product_flash_attention_for_cpu(qs, ks, vs, %s)
        return (torch.reshape(torch.transpose(y, 1, 2), [n * l, -1]), lse)
    """
        .formatted(mask.parameter(), sequences(), mask.argumentsOnCpu());
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
        dqs0 = torch.copy_(torch.reshape(dq, [n, l, -1, d]), torch.transpose(dqs, 1, 2))
        if torch.gt(groups, 1):
          dks = torch.sum(torch.reshape(dks, [n, -1, groups, l, d]), [2])
          dvs = torch.sum(torch.reshape(dvs, [n, -1, groups, l, d]), [2])
        dks0 = torch.copy_(torch.reshape(dk, [n, l, -1, d]), torch.transpose(dks, 1, 2))
        dvs0 = torch.copy_(torch.reshape(dv, [n, l, -1, d]), torch.transpose(dvs, 1, 2))
        return dqkv

      def views(self: __torch__.Op, qkv: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
    %s    return (q, k, v)
    """
        .formatted(mask.parameter(), sequences(), mask.argumentsOnCpu(), named());
  }

  private String sequences() {
    return named()
        + """
            first = int(torch.select(span, 0, 0))
            n = int(torch.select(span, 0, 1))
            l = int(torch.select(span, 0, 2))
            d = torch.size(q, 2)
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
