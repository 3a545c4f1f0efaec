package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import io.github.lora4j.djl.kernel.QkvOps;
import io.github.lora4j.djl.kernel.QkvScript;
import io.github.lora4j.djl.kernel.TorchOps;
import java.util.List;

/** How queries, keys and values lie in the one array that their projection gives. */
public final class QkvLayout {
  private final QkvOps ops;

  private QkvLayout(TorchOps ops, QkvScript script) {
    this.ops = new QkvOps(ops, script);
  }

  /**
   * Queries, keys, values one after the other, as three projections give them.
   *
   * @param ops the operators
   * @param spec the decoder's shape
   * @return the layout
   */
  public static QkvLayout columns(TorchOps ops, DecoderSpec spec) {
    return columns(ops, spec.numHeads(), spec.keyValueHeads(), spec.headDim());
  }

  /** The same by the numbers of heads and the values of one. */
  static QkvLayout columns(TorchOps ops, int heads, int keyValueHeads, int headDim) {
    return new QkvLayout(ops, QkvScript.columns(heads, keyValueHeads, headDim));
  }

  /**
   * Rows interleaved by head, [heads, 3, headDim], as BLOOM's and GPT-NeoX's are.
   *
   * @param ops the operators
   * @param spec the decoder's shape
   * @return the layout
   */
  public static QkvLayout interleaved(TorchOps ops, DecoderSpec spec) {
    return new QkvLayout(ops, QkvScript.interleaved(spec.numHeads(), spec.headDim()));
  }

  /**
   * Takes the array apart.
   *
   * @param qkv shape (T, width)
   * @return q (T, heads · headDim), k and v (T, keyValueHeads · headDim)
   */
  public NDList split(NDArray qkv) {
    return ops.split().applyAll(qkv);
  }

  /** The operators on arrays of this layout. */
  QkvOps ops() {
    return ops;
  }

  /** Has the division of single tokens' interleaved projections taken down; gives q, k, v. */
  <V> List<V> write(TokenWriter<V> writer, V qkv) {
    return writer.splitInterleaved(qkv);
  }
}
