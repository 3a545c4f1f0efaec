// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import io.github.lora4j.djl.kernel.AttentionScores;
import io.github.lora4j.djl.kernel.QkvOps;
import io.github.lora4j.djl.kernel.QkvScript;
import io.github.lora4j.djl.kernel.TorchOps;
import java.util.List;

/** How queries, keys and values lie in the one array that their projection gives. */
public final class QkvLayout {
  private final QkvOps ops;
  private final Division division;
  private final QkvRows rows;

  private QkvLayout(TorchOps ops, QkvScript script, Division division, QkvRows rows) {
    this.ops = new QkvOps(ops, script);
    this.division = division;
    this.rows = rows;
  }

  /** How single tokens' projections are divided. */
  private sealed interface Division {
    <V> List<V> write(TokenWriter<V> writer, V qkv);

    record Columns(List<Integer> sizes) implements Division {
      @Override
      public <V> List<V> write(TokenWriter<V> writer, V qkv) {
        return writer.split(qkv, sizes);
      }
    }

    record Grouped() implements Division {
      @Override
      public <V> List<V> write(TokenWriter<V> writer, V qkv) {
        return writer.splitGrouped(qkv);
      }
    }
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
    return columns(
        ops, spec.numHeads(), spec.keyValueHeads(), spec.headDim(), spec.attention().scores());
  }

  /** As many keys and values as queries, one after the other, for plain attention. */
  static QkvLayout columns(TorchOps ops, int heads, int headDim) {
    AttentionScores scores = new AttentionScores.ScaledDotProduct(1 / Math.sqrt(headDim));
    return columns(ops, heads, heads, headDim, scores);
  }

  private static QkvLayout columns(
      TorchOps ops, int heads, int keyValueHeads, int headDim, AttentionScores scores) {
    int keys = keyValueHeads * headDim;
    return new QkvLayout(
        ops,
        QkvScript.columns(heads, keyValueHeads, headDim, scores),
        new Division.Columns(List.of(heads * headDim, keys, keys)),
        new QkvRows(1, heads * headDim, keys));
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
        ops,
        QkvScript.interleaved(spec.numHeads(), spec.headDim(), spec.attention().scores()),
        new Division.Grouped(),
        new QkvRows(spec.numHeads(), spec.headDim(), spec.headDim()));
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
    int queries = spec.numHeads() / spec.keyValueHeads() * spec.headDim();
    return new QkvLayout(
        ops,
        QkvScript.grouped(
            spec.numHeads(), spec.keyValueHeads(), spec.headDim(), spec.attention().scores()),
        new Division.Grouped(),
        new QkvRows(spec.keyValueHeads(), queries, spec.headDim()));
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

  /**
   * Whose the array's columns are, which are the rows of the projection's weight.
   *
   * @return the division
   */
  public QkvRows rows() {
    return rows;
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
