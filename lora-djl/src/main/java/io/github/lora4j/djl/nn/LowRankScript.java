package io.github.lora4j.djl.nn;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The low-rank updates of linear maps of one input, written down as operators: the factors A of all
 * are one matrix, so that what reads x reads it once.
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

  /** (x, y, a, b, s of each) → h = s · x Aᵀ, (T, sum of ranks); y += h Bᵀ in place. */
  String forward() {
    StringBuilder body = new StringBuilder();
    body.append("    h = torch.linear(x, %s)\n".formatted(joined("a", 0)));
    for (int i = 0; i < columns.size(); i++) {
      body.append(
          """
              h%1$d = torch.mul_(%2$s, s%1$d)
              y%1$d = torch.addmm_(%3$s, h%1$d, torch.t(b%1$d))
          """
              .formatted(i, ranks("h", 1, i), part("y", i)));
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
              db%1$d = torch.t(torch.mm(torch.t(%3$s), dy%1$d))
              dh%1$d = torch.mul_(torch.mm(dy%1$d, b%1$d), s%1$d)
          """
              .formatted(i, part("dy", i), ranks("h", 1, i)));
    }
    body.append("    dh = %s\n".formatted(joined("dh", 1)));
    body.append("    da = torch.mm(torch.t(dh), x)\n");
    body.append(
        switch (mode) {
          case NONE -> "";
          case ADDED -> "    dx0 = torch.addmm_(dx, dh, %s)\n".formatted(joined("a", 0));
          case MASKED ->
              "    dx0 = torch.addcmul_(dx, torch.mm(dh, %s), mask, value=%s)\n"
                  .formatted(joined("a", 0), 1 / (1 - dropout));
        });
    String more =
        switch (mode) {
          case NONE -> "";
          case ADDED -> ", dx: Tensor";
          case MASKED -> ", dx: Tensor, mask: Tensor";
        };
    String allDa =
        IntStream.range(0, columns.size())
            .mapToObj(i -> ranks("da", 0, i))
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

  private String joined(String name, int dimension) {
    return columns.size() == 1 ? name + 0 : "torch.cat([%s], %d)".formatted(each(name), dimension);
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

  /** The slice along the ranks that belongs to a map; they are known when the operator runs. */
  private String ranks(String matrix, int dimension, int i) {
    if (columns.size() == 1) {
      return matrix;
    }
    String before =
        i == 0
            ? "0"
            : IntStream.range(1, i)
                .mapToObj("torch.size(a%d, 0)"::formatted)
                .reduce("torch.size(a0, 0)", "torch.add(%s, %s)"::formatted);
    return "torch.slice(%1$s, %4$d, %2$s, torch.add(%2$s, torch.size(a%3$d, 0)))"
        .formatted(matrix, before, i, dimension);
  }
}
