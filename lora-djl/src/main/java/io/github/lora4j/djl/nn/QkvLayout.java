package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import io.github.lora4j.djl.kernel.QkvOps;
import io.github.lora4j.djl.kernel.QkvScript;
import io.github.lora4j.djl.kernel.TorchOps;
import java.util.List;
import java.util.stream.IntStream;

/** How queries, keys and values lie in the one array that their projection gives. */
public final class QkvLayout {
  private final QkvOps ops;
  private final int headDim;

  private QkvLayout(TorchOps ops, QkvScript script, int headDim) {
    this.ops = new QkvOps(ops, script);
    this.headDim = headDim;
  }

  /**
   * Queries, keys, values one after the other, as three projections give them.
   *
   * @param ops the operators
   * @param spec the decoder's shape
   * @return the layout
   */
  public static QkvLayout columns(TorchOps ops, DecoderSpec spec) {
    return new QkvLayout(
        ops,
        QkvScript.columns(spec.numHeads(), spec.keyValueHeads(), spec.headDim()),
        spec.headDim());
  }

  /**
   * Rows interleaved by head, [heads, 3, headDim], as BLOOM's and GPT-NeoX's are.
   *
   * @param ops the operators
   * @param spec the decoder's shape
   * @return the layout
   */
  public static QkvLayout interleaved(TorchOps ops, DecoderSpec spec) {
    return new QkvLayout(
        ops, QkvScript.interleaved(spec.numHeads(), spec.headDim()), spec.headDim());
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

  /** Writes the division of one token's interleaved projection; gives the names of q, k, v. */
  List<String> write(TokenScript script, String qkv) {
    String parts = script.let("torch.reshape(%s, [-1, 3, %d])".formatted(qkv, headDim));
    return IntStream.range(0, 3)
        .mapToObj(i -> script.let("torch.select(%s, 1, %d)".formatted(parts, i)))
        .toList();
  }
}
