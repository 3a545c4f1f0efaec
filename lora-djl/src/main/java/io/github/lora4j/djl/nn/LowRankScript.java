// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The low-rank updates of linear maps of one input, written down as operators: the factors A of all
 * are one matrix, so that what reads x reads it once. The narrow products are written with the rank
 * first, A xᵀ and Bᵀ dyᵀ, which BLAS does up to three times as fast as x Aᵀ and dy B.
 *
 * @param columns where each updated map's outputs lie in y
 */
record LowRankScript(List<Columns> columns) {
  /**
   * Columns of a matrix.
   *
   * @param from the first
   * @param to the one after the last
   */
  record Columns(int from, int to) {}

  /** What the backward half leaves of x's gradient. */
  enum InputGradient {
    /** Nothing: x does not learn. */
    NONE,
    /** Added in place to a dx that is given. */
    ADDED,
    /** Likewise, where the mask that is given did not drop x. */
    MASKED
  }

  /** (x, y, a, b, s of each) → h = s · A xᵀ, (sum of ranks, T); y += hᵀ Bᵀ in place. */
  String forward() {
    StringBuilder body = new StringBuilder();
    body.append("    h = torch.mm(%s, torch.t(x))\n".formatted(joined("a")));
    for (int i = 0; i < columns.size(); i++) {
      body.append(
          """
              h%1$d = torch.mul_(%2$s, s%1$d)
              y%1$d = torch.addmm_(%3$s, torch.t(h%1$d), torch.t(b%1$d))
          """
              .formatted(i, ranks("h", i), part("y", i)));
    }
    return "  def forward(self: __torch__.Op, x: Tensor, y: Tensor%s) -> Tensor:\n%s    return h\n"
        .formatted(factors(), body);
  }

  /** (dy, x, h, [dx, [mask]], a, b, s of each) → [dA of each, dB of each]. */
  String backward(InputGradient mode, double dropout) {
    StringBuilder body = new StringBuilder();
    for (int i = 0; i < columns.size(); i++) {
      body.append(
          """
              dy%1$d = %2$s
              db%1$d = torch.t(torch.mm(%3$s, dy%1$d))
              dh%1$d = torch.mul_(torch.mm(torch.t(b%1$d), torch.t(dy%1$d)), s%1$d)
          """
              .formatted(i, part("dy", i), ranks("h", i)));
    }
    body.append("    dh = %s\n".formatted(joined("dh")));
    body.append("    da = torch.mm(dh, x)\n");
    body.append(
        switch (mode) {
          case NONE -> "";
          case ADDED -> "    dx0 = torch.addmm_(dx, torch.t(dh), %s)\n".formatted(joined("a"));
          case MASKED ->
              "    dx0 = torch.addcmul_(dx, torch.mm(torch.t(dh), %s), mask, value=%s)\n"
                  .formatted(joined("a"), 1 / (1 - dropout));
        });
    String more =
        switch (mode) {
          case NONE -> "";
          case ADDED -> ", dx: Tensor";
          case MASKED -> ", dx: Tensor, mask: Tensor";
        };
    String allDa =
        IntStream.range(0, columns.size())
            .mapToObj(i -> ranks("da", i))
            .collect(Collectors.joining(", "));
    return "  def forward(self: __torch__.Op, dy: Tensor, x: Tensor, h: Tensor%s%s) -> List[Tensor]:\n%s    return [%s, %s]\n"
        .formatted(more, factors(), body, allDa, each("db"));
  }

  /** (x) → x with values dropped and the others stretched, and the mask of those kept. */
  static String dropout(double probability) {
    return """
      def forward(self: __torch__.Op, x: Tensor) -> Tuple[Tensor, Tensor]:
        y, mask = torch.native_dropout(x, %s, True)
        return (y, mask)
    """
        .formatted(probability);
  }

  private String factors() {
    return IntStream.range(0, columns.size())
        .mapToObj(", a%1$d: Tensor, b%1$d: Tensor, s%1$d: Tensor"::formatted)
        .collect(Collectors.joining());
  }

  private String joined(String name) {
    return columns.size() == 1 ? name + 0 : "torch.cat([%s], 0)".formatted(each(name));
  }

  private String each(String name) {
    return IntStream.range(0, columns.size())
        .mapToObj(i -> name + i)
        .collect(Collectors.joining(", "));
  }

  private String part(String matrix, int i) {
    Columns own = columns.get(i);
    return "torch.slice(%s, 1, %d, %d)".formatted(matrix, own.from, own.to);
  }

  /** The rows that belong to a map; how many is known when the operator runs. */
  private String ranks(String matrix, int i) {
    if (columns.size() == 1) {
      return matrix;
    }
    String before =
        i == 0
            ? "0"
            : IntStream.range(1, i)
                .mapToObj("torch.size(a%d, 0)"::formatted)
                .reduce("torch.size(a0, 0)", "torch.add(%s, %s)"::formatted);
    return "torch.slice(%1$s, 0, %2$s, torch.add(%2$s, torch.size(a%3$d, 0)))"
        .formatted(matrix, before, i);
  }
}
