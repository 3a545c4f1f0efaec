package io.github.lora4j.djl.nn;

import io.github.lora4j.djl.kernel.TorchOp;
import io.github.lora4j.djl.kernel.TorchOps;
import java.util.List;

/**
 * How the rows of a fused projection are divided into queries, keys and values: [heads, 3,
 * headDim], as BLOOM's and GPT-NeoX's are.
 */
public final class QkvLayout {
  private final TorchOp split;

  private QkvLayout(TorchOp split) {
    this.split = split;
  }

  /**
   * Rows interleaved by head.
   *
   * @param ops the operators
   * @param headDim values of a head
   * @return the layout
   */
  public static QkvLayout interleaved(TorchOps ops, int headDim) {
    return new QkvLayout(ops.splitInterleaved(headDim));
  }

  /** The operator: (T, heads · 3 · headDim) → q, k, v. */
  TorchOp split() {
    return split;
  }

  /** Has the division of single tokens' projections taken down; gives q, k, v. */
  <V> List<V> write(TokenWriter<V> writer, V qkv) {
    return writer.splitInterleaved(qkv);
  }
}
