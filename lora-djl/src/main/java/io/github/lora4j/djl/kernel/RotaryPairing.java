// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.kernel;

/** Which two values of a head turn together under a rotary position embedding. */
public enum RotaryPairing {
  /** Value i and value i + half (GPT-NeoX, Llama; transformers: {@code rotate_half}). */
  HALVES("0, half", "half, 2 * half", "torch.roll(%s, [%d], [1])") {
    @Override
    public int first(int pair, int half) {
      return pair;
    }

    @Override
    public int second(int pair, int half) {
      return half + pair;
    }
  },
  /** Values 2 i and 2 i + 1 (Su et al., 2021; GPT-J; transformers: {@code rotate_every_two}). */
  NEIGHBOURS(
      "0, 2 * half, 2",
      "1, 2 * half, 2",
      "torch.flatten(torch.flip(torch.reshape(%s, [-1, %d, 2]), [2]), 1)") {
    @Override
    public int first(int pair, int half) {
      return 2 * pair;
    }

    @Override
    public int second(int pair, int half) {
      return 2 * pair + 1;
    }
  };

  private final String firsts;
  private final String seconds;
  private final String swapped;

  RotaryPairing(String firsts, String seconds, String swapped) {
    this.firsts = firsts;
    this.seconds = seconds;
    this.swapped = swapped;
  }

  /**
   * Where the first value of a pair is.
   *
   * @param pair which pair
   * @param half number of pairs
   * @return its place in the rotated values of a head
   */
  public abstract int first(int pair, int half);

  /**
   * Where the second value of a pair is.
   *
   * @param pair which pair
   * @param half number of pairs
   * @return its place in the rotated values of a head
   */
  public abstract int second(int pair, int half);

  /** The first values of all pairs, a view, in TorchScript; half is the number of pairs. */
  String firsts(String heads) {
    return "torch.slice(%s, -1, %s)".formatted(heads, firsts);
  }

  /** The second values of all pairs. */
  String seconds(String heads) {
    return "torch.slice(%s, -1, %s)".formatted(heads, seconds);
  }

  /**
   * The values with the two of each pair exchanged, in TorchScript.
   *
   * @param heads the name of heads of shape (any, 2 · half)
   * @param half number of pairs
   * @return the expression
   */
  public String swapped(String heads, int half) {
    return swapped.formatted(heads, half);
  }
}
