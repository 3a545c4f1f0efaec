// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.quant;

/**
 * Dequantisation of 4-bit integers in groups of inputs, as a TorchScript operator: (qweight int32,
 * qzeros int32 [groups, out / 8], scales [groups, out], groups int32 [in]) → W float32 [out, in],
 * where W[o, i] = scales[groups[i], o] · (code[i, o] − zero[groups[i], o]), some outputs at a time.
 */
final class GroupedScript {
  private static final int OUTPUTS_AT_ONCE = 512;

  private static final String FORWARD =
      """
        def forward(self: __torch__.Op, qweight: Tensor, qzeros: Tensor, scales: Tensor, groups: Tensor) -> Tensor:
          shifts = torch.tensor(%2$s, dtype=3, device=ops.prim.device(qweight))
          zeros = torch.bitwise_and(torch.add(self.columns(qzeros, shifts), %3$d), 15)
          out = torch.size(scales, 1)
          w = torch.new_empty(scales, [out, torch.size(groups, 0)], dtype=6)
          for i in range(torch.floordiv(out + %1$d - 1, %1$d)):
            first = i * %1$d
            last = first + %1$d
            codes = self.codes(qweight, shifts, first, last)
            zero = torch.index_select(torch.slice(zeros, 1, first, last), 0, groups)
            scale = torch.index_select(torch.to(torch.slice(scales, 1, first, last), 6), 0, groups)
            run = torch.slice(w, 0, first, last)
            torch.copy_(run, torch.t(torch.mul(torch.sub(codes, zero), scale)))
          return w

        def columns(self: __torch__.Op, words: Tensor, shifts: Tensor) -> Tensor:
          codes = torch.bitwise_and(torch.bitwise_right_shift(torch.unsqueeze(words, 2), shifts), 15)
          return torch.reshape(codes, [torch.size(words, 0), -1])
      """;

  private static final String ALONG_IN =
      """

        def codes(self: __torch__.Op, words: Tensor, shifts: Tensor, first: int, last: int) -> Tensor:
          run = torch.unsqueeze(torch.slice(words, 1, first, last), 1)
          codes = torch.bitwise_and(torch.bitwise_right_shift(run, torch.unsqueeze(shifts, 1)), 15)
          return torch.reshape(codes, [-1, torch.size(run, 2)])
      """;

  private static final String ALONG_OUT =
      """

        def codes(self: __torch__.Op, words: Tensor, shifts: Tensor, first: int, last: int) -> Tensor:
          return self.columns(torch.slice(words, 1, torch.floordiv(first, 8), torch.floordiv(last, 8)), shifts)
      """;

  private GroupedScript() {}

  static String of(boolean alongIn, String shifts, int zeroOffset) {
    return FORWARD.formatted(OUTPUTS_AT_ONCE, shifts, zeroOffset)
        + (alongIn ? ALONG_IN : ALONG_OUT);
  }
}
