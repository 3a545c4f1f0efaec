// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.quant;

import io.github.lora4j.djl.format.GgufType;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Dequantisation of llama.cpp's blocks as a TorchScript operator: blocks of bytes uint8 [n, block
 * bytes] → numbers float32 [n, block size], a run of blocks at a time. Each number is what ggml's
 * {@code dequantize_row} makes of it, operation by operation.
 */
final class GgufScript {
  private static final int NUMBERS_AT_ONCE = 1 << 17;

  private static final String FORWARD =
      """
        def forward(self: __torch__.Op, packed: Tensor) -> Tensor:
          n = torch.size(packed, 0)
          w = torch.empty([n, %1$d], dtype=6, layout=None, device=ops.prim.device(packed))
          for i in range(torch.floordiv(n + %2$d - 1, %2$d)):
            run = torch.slice(w, 0, i * %2$d, i * %2$d + %2$d)
            torch.copy_(run, self.numbers(torch.slice(packed, 0, i * %2$d, i * %2$d + %2$d)))
          return w

      """;

  /**
   * A 16-bit float from its two bytes, shape [n, 1]; TorchScript cannot look at bytes as floats.
   */
  private static final String HALF =
      """
        def half(self: __torch__.Op, b: Tensor, at: int) -> Tensor:
          bits = torch.add(torch.to(torch.slice(b, 1, at, at + 1), 3), torch.mul(torch.to(torch.slice(b, 1, at + 1, at + 2), 3), 256))
          exponent = torch.bitwise_and(torch.bitwise_right_shift(bits, 10), 31)
          mantissa = torch.add(torch.bitwise_and(bits, 1023), torch.mul(torch.clamp(exponent, 0, 1), 1024))
          powers = torch.tensor([%s], dtype=6, device=ops.prim.device(b))
          power = torch.reshape(torch.index_select(powers, 0, torch.reshape(torch.clamp(exponent, 1, 30), [-1])), [-1, 1])
          sign = torch.sub(1, torch.mul(torch.bitwise_right_shift(bits, 15), 2))
          return torch.mul(torch.mul(mantissa, power), sign)

      """
          .formatted(powersOfTwo());

  /** y = d · q. */
  private static final String Q8_0 =
      """
        def numbers(self: __torch__.Op, b: Tensor) -> Tensor:
          return torch.mul(torch.to(torch.slice(b, 1, 2), 1), self.half(b, 0))
      """;

  /** y = d · (q − 8); the low halves of the bytes come first. */
  private static final String Q4_0 =
      """
        def numbers(self: __torch__.Op, b: Tensor) -> Tensor:
          bytes = torch.to(torch.slice(b, 1, 2), 3)
          codes = torch.cat([torch.bitwise_and(bytes, 15), torch.bitwise_right_shift(bytes, 4)], 1)
          return torch.mul(torch.sub(codes, 8), self.half(b, 0))
      """;

  /** y = (d · scale) · q − (dmin · minimum), for eight groups of 32. */
  private static final String Q4_K =
      """
        def numbers(self: __torch__.Op, b: Tensor) -> Tensor:
          low = torch.to(torch.slice(b, 1, 4, 8), 3)
          middle = torch.to(torch.slice(b, 1, 8, 12), 3)
          high = torch.to(torch.slice(b, 1, 12, 16), 3)
          lowTop = torch.bitwise_left_shift(torch.bitwise_right_shift(low, 6), 4)
          middleTop = torch.bitwise_left_shift(torch.bitwise_right_shift(middle, 6), 4)
          scales = torch.cat([torch.bitwise_and(low, 63), torch.bitwise_or(torch.bitwise_and(high, 15), lowTop)], 1)
          minima = torch.cat([torch.bitwise_and(middle, 63), torch.bitwise_or(torch.bitwise_right_shift(high, 4), middleTop)], 1)
          scale = torch.unsqueeze(torch.mul(scales, self.half(b, 0)), 2)
          minimum = torch.unsqueeze(torch.mul(minima, self.half(b, 2)), 2)
          bytes = torch.reshape(torch.to(torch.slice(b, 1, 16), 3), [-1, 4, 32])
          codes = torch.stack([torch.bitwise_and(bytes, 15), torch.bitwise_right_shift(bytes, 4)], 2)
          return torch.reshape(torch.sub(torch.mul(torch.reshape(codes, [-1, 8, 32]), scale), minimum), [-1, 256])
      """;

  /** y = (d · scale) · (q − 32), for sixteen groups of 16; the two high bits lie apart. */
  private static final String Q6_K =
      """
        def numbers(self: __torch__.Op, b: Tensor) -> Tensor:
          lows = torch.reshape(torch.to(torch.slice(b, 1, 0, 128), 3), [-1, 2, 64])
          low = torch.stack([torch.bitwise_and(lows, 15), torch.bitwise_right_shift(lows, 4)], 2)
          highs = torch.reshape(torch.to(torch.slice(b, 1, 128, 192), 3), [-1, 2, 1, 32])
          shifts = torch.reshape(torch.tensor([0, 2, 4, 6], dtype=3, device=ops.prim.device(b)), [4, 1])
          high = torch.bitwise_and(torch.bitwise_right_shift(highs, shifts), 3)
          codes = torch.add(torch.reshape(low, [-1, 2, 4, 32]), torch.mul(high, 16))
          scale = torch.mul(torch.to(torch.slice(b, 1, 192, 208), 1), self.half(b, 208))
          centred = torch.reshape(torch.sub(codes, 32), [-1, 16, 16])
          return torch.reshape(torch.mul(centred, torch.unsqueeze(scale, 2)), [-1, 256])
      """;

  private GgufScript() {}

  static String of(GgufType type) {
    int run = NUMBERS_AT_ONCE / type.blockSize();
    return FORWARD.formatted(type.blockSize(), run) + HALF + numbers(type);
  }

  private static String numbers(GgufType type) {
    return switch (type) {
      case Q4_0 -> Q4_0;
      case Q8_0 -> Q8_0;
      case Q4_K -> Q4_K;
      case Q6_K -> Q6_K;
      case F32, F16, BF16 -> throw new IllegalArgumentException(type + " has no blocks");
    };
  }

  /** What a mantissa of each exponent is to be multiplied by; 0 does not occur. */
  private static String powersOfTwo() {
    return IntStream.rangeClosed(0, 30)
        .mapToObj(exponent -> Double.toString(Math.scalb(1.0, exponent - 25)))
        .collect(Collectors.joining(", "));
  }
}
