package io.github.lora4j.djl.nn;

import io.github.lora4j.djl.kernel.TorchOp;
import io.github.lora4j.djl.kernel.TorchOps;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How the rows of a fused projection are divided into queries, keys and values: [heads, 3,
 * headDim], as BLOOM's and GPT-NeoX's are.
 */
public final class QkvLayout {
  private final TorchOp split;
  private final int headDim;

  private QkvLayout(TorchOp split, int headDim) {
    this.split = split;
    this.headDim = headDim;
  }

  /**
   * Rows interleaved by head.
   *
   * @param ops the operators
   * @param headDim values of a head
   * @return the layout
   */
  public static QkvLayout interleaved(TorchOps ops, int headDim) {
    return new QkvLayout(ops.splitInterleaved(headDim), headDim);
  }

  /** The operator: (T, heads · 3 · headDim) → q, k, v. */
  TorchOp split() {
    return split;
  }

  /** Writes the division of one token's projection; gives the names of q, k, v. */
  List<String> write(TokenScript script, String qkv) {
    String parts = script.let("torch.reshape(%s, [-1, 3, %d])".formatted(qkv, headDim));
    return IntStream.range(0, 3)
        .mapToObj(i -> script.let("torch.select(%s, 1, %d)".formatted(parts, i)))
        .toList();
  }
}
