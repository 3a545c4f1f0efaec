// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.quant;

import io.github.lora4j.quant.QuantizationFormat;

/**
 * Dequantisation as a TorchScript operator: (packed, absmax, code, count [1] int64) → numbers
 * [count], a run of blocks at a time.
 */
final class DequantizeScript {
  private static final String FORWARD =
      """
        def forward(self: __torch__.Op, packed: Tensor, absmax: Tensor, code: Tensor, count: Tensor) -> Tensor:
          n = int(torch.select(count, 0, 0))
          flat = torch.new_empty(code, [n])
          blocks = torch.floordiv(n, %1$d)
          full = blocks * %1$d
          rows = torch.reshape(torch.slice(flat, 0, 0, full), [blocks, %1$d])
          scales = torch.div(absmax, %4$d)
          rowScales = torch.reshape(torch.slice(scales, 0, 0, blocks), [blocks, 1])
          numbers = self.table(code)
          for i in range(torch.floordiv(blocks + %2$d - 1, %2$d)):
            first = i * %2$d
            last = first + %2$d
            run = torch.slice(rows, 0, first, last)
            bytes = torch.slice(packed, 0, first * %3$d, first * %3$d + torch.size(run, 0) * %3$d)
            values = torch.index_select(numbers, 0, torch.to(bytes, 3))
            scaled = torch.mul(torch.reshape(values, [-1, %1$d]), torch.slice(rowScales, 0, first, last))
            torch.copy_(run, scaled)
          if torch.lt(full, n):
            bytes = torch.slice(packed, 0, blocks * %3$d)
            values = torch.reshape(torch.index_select(numbers, 0, torch.to(bytes, 3)), [-1])
            scale = torch.slice(scales, 0, blocks)
            rest = torch.slice(flat, 0, full)
            torch.copy_(rest, torch.mul(torch.slice(values, 0, 0, n - full), scale))
          return flat
      """;

  /** Both numbers of each possible byte. */
  private static final String PAIRS =
      """
        def table(self: __torch__.Op, code: Tensor) -> Tensor:
          return torch.stack([torch.repeat_interleave(code, 16), torch.repeat(code, [16])], 1)
      """;

  private static final String SINGLES =
      """
        def table(self: __torch__.Op, code: Tensor) -> Tensor:
          return code
      """;

  private DequantizeScript() {}

  static String of(QuantizationFormat format, int blockSize) {
    int codesPerByte = Byte.SIZE / format.bits();
    return FORWARD.formatted(
            blockSize, QuantizeScript.RUN / blockSize, blockSize / codesPerByte, format.divisor())
        + (codesPerByte == 2 ? PAIRS : SINGLES);
  }
}
