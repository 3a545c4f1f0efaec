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
  private final Division division;

  private QkvLayout(TorchOps ops, QkvScript script, Division division) {
    this.ops = new QkvOps(ops, script);
    this.division = division;
  }

  /** How single tokens' projections are divided. */
  private enum Division {
    COLUMNS {
      @Override
      <V> List<V> write(TokenWriter<V> writer, V qkv) {
        return writer.splitColumns(qkv);
      }
    },
    GROUPED {
      @Override
      <V> List<V> write(TokenWriter<V> writer, V qkv) {
        return writer.splitGrouped(qkv);
      }
    };

    abstract <V> List<V> write(TokenWriter<V> writer, V qkv);
  }

  /**
   * Queries, keys, values one after the other, as three projections, GPT-2's and MPT's give them,
   * and Falcon's with one key and value for all queries.
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
    return new QkvLayout(ops, QkvScript.columns(heads, keyValueHeads, headDim), Division.COLUMNS);
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
        ops, QkvScript.interleaved(spec.numHeads(), spec.headDim()), Division.GROUPED);
  }

  /**
   * Rows in groups of the queries that share a key and a value, [keyValueHeads, heads /
   * keyValueHeads + 2, headDim], as Falcon's new decoder architecture has them.
   *
   * @param ops the operators
   * @param spec the decoder's shape
   * @return the layout
   */
  public static QkvLayout grouped(TorchOps ops, DecoderSpec spec) {
    return new QkvLayout(
        ops,
        QkvScript.grouped(spec.numHeads(), spec.keyValueHeads(), spec.headDim()),
        Division.GROUPED);
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

  /** Has the division of single tokens' projections taken down; gives q, k, v. */
  <V> List<V> write(TokenWriter<V> writer, V qkv) {
    return division.write(writer, qkv);
  }
}
