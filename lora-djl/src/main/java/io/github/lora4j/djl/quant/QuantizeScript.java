// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.quant;

import io.github.lora4j.quant.QuantizationFormat;

/**
 * Quantisation as a TorchScript operator: (values, middles, order) → (packed, absmax). It goes over
 * a run of blocks at a time, so that what it needs besides the result stays small.
 */
final class QuantizeScript {
  /** Elements of a run; their intermediate results fit a processor's cache. */
  static final int RUN = 1 << 18;

  private static final String FORWARD =
      """
        def forward(self: __torch__.Op, x: Tensor, middles: Tensor, order: Tensor) -> Tuple[Tensor, Tensor]:
          flat = torch.reshape(x, [-1])
          n = torch.size(flat, 0)
          blocks = torch.floordiv(n, %1$d)
          full = blocks * %1$d
          packed = torch.new_empty(flat, [%4$s], dtype=0)
          absmax = torch.new_empty(flat, [torch.floordiv(n + %1$d - 1, %1$d)])
          rows = torch.reshape(torch.slice(flat, 0, 0, full), [blocks, %1$d])
          rowCodes = torch.reshape(torch.slice(packed, 0, 0, blocks * %3$d), [blocks, %3$d])
          rowScales = torch.slice(absmax, 0, 0, blocks)
          for i in range(torch.floordiv(blocks + %2$d - 1, %2$d)):
            first = i * %2$d
            last = first + %2$d
            run = torch.slice(rows, 0, first, last)
            m = torch.amax(torch.abs(run), [1], True)
            torch.copy_(torch.slice(rowScales, 0, first, last), torch.squeeze(m, 1))
            codes = self.code(self.scale(run, m), middles, order)
            torch.copy_(torch.slice(rowCodes, 0, first, last), self.pack(codes))
          if torch.lt(full, n):
            rest = torch.reshape(torch.slice(flat, 0, full, n), [1, n - full])
            m = self.least(torch.amax(torch.abs(rest), [1], True))
            torch.copy_(torch.slice(absmax, 0, blocks, blocks + 1), torch.squeeze(m, 1))
            codes = self.code(self.divide(rest, m), middles, order)
            tail = torch.slice(packed, 0, blocks * %3$d)
            torch.copy_(tail, torch.squeeze(self.pack(codes), 0))
          return (packed, absmax)
        def divide(self: __torch__.Op, x: Tensor, m: Tensor) -> Tensor:
          return torch.div(x, self.divisor(m))
        def divisor(self: __torch__.Op, m: Tensor) -> Tensor:
          return torch.masked_fill(m, torch.lt(m, 1.1754943508222875e-38), float("inf"))
      """;

  private static final String NORMAL_FLOAT_SCALE =
      """
        def least(self: __torch__.Op, m: Tensor) -> Tensor:
          return torch.clamp(m, 1.0e-38)
        def scale(self: __torch__.Op, x: Tensor, m: Tensor) -> Tensor:
          return torch.mul(x, torch.reciprocal(self.divisor(m)))
      """;

  private static final String PLAIN_SCALE =
      """
        def least(self: __torch__.Op, m: Tensor) -> Tensor:
          return m
        def scale(self: __torch__.Op, x: Tensor, m: Tensor) -> Tensor:
          return self.divide(x, m)
      """;

  private static final String NEAREST =
      """
        def code(self: __torch__.Op, x: Tensor, middles: Tensor, order: Tensor) -> Tensor:
          ranks = torch.bucketize(x, middles, out_int32=True)
          codes = torch.index_select(order, 0, torch.reshape(ranks, [-1]))
          return torch.reshape(codes, [torch.size(x, 0), torch.size(x, 1)])
      """;

  private static final String ROUND =
      """
        def code(self: __torch__.Op, x: Tensor, middles: Tensor, order: Tensor) -> Tensor:
          return torch.to(torch.add(torch.round(torch.mul(x, %d)), %d), 3)
      """;

  private static final String PACK_PAIRS =
      """
        def pack(self: __torch__.Op, codes: Tensor) -> Tensor:
          odd = torch.remainder(torch.size(codes, 1), 2)
          even = torch.constant_pad_nd(codes, [0, odd], %d)
          pairs = torch.reshape(even, [torch.size(even, 0), torch.floordiv(torch.size(even, 1), 2), 2])
          high = torch.mul(torch.select(pairs, 2, 0), 16)
          return torch.to(torch.add(high, torch.select(pairs, 2, 1)), 0)
      """;

  private static final String PACK_BYTES =
      """
        def pack(self: __torch__.Op, codes: Tensor) -> Tensor:
          return torch.to(codes, 0)
      """;

  private QuantizeScript() {}

  static String of(QuantizationFormat format, int blockSize) {
    boolean fourBits = format.bits() == 4;
    return FORWARD.formatted(
            blockSize, RUN / blockSize, fourBits ? blockSize / 2 : blockSize, packedSize(fourBits))
        + (format == QuantizationFormat.NF4 || format == QuantizationFormat.FP4
            ? NORMAL_FLOAT_SCALE
            : PLAIN_SCALE)
        + (format.isInteger() ? ROUND.formatted(format.divisor(), format.zero()) : NEAREST)
        + (fourBits ? PACK_PAIRS.formatted(format.zero()) : PACK_BYTES);
  }

  private static String packedSize(boolean fourBits) {
    return fourBits ? "torch.floordiv(n + 1, 2)" : "n";
  }
}
