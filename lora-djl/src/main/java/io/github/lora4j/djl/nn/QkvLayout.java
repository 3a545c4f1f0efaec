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

  /**
   * Queries, keys, values one after the other, as three projections give them.
   *
   * @param ops the operators
   * @param spec the decoder's shape
   * @return the layout
   */
  public static QkvLayout columns(TorchOps ops, DecoderSpec spec) {
    int queries = spec.numHeads() * spec.headDim();
    int keys = spec.keyValueHeads() * spec.headDim();
    return new QkvLayout(
        ops,
        QkvScript.columns(
            spec.numHeads(), spec.keyValueHeads(), spec.headDim(), spec.attention().scores()),
        new Division.Columns(List.of(queries, keys, keys)));
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
        new Division.Interleaved());
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

  /** Has the division of a single token's projections taken down; gives q, k, v. */
  <V> List<V> write(TokenWriter<V> writer, V qkv) {
    return division.write(writer, qkv);
  }

  private sealed interface Division {
    <V> List<V> write(TokenWriter<V> writer, V qkv);

    record Columns(List<Integer> sizes) implements Division {
      @Override
      public <V> List<V> write(TokenWriter<V> writer, V qkv) {
        return writer.split(qkv, sizes);
      }
    }

    record Interleaved() implements Division {
      @Override
      public <V> List<V> write(TokenWriter<V> writer, V qkv) {
        return writer.splitInterleaved(qkv);
      }
    }
  }
}
