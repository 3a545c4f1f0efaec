// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import io.github.lora4j.djl.kernel.TorchOp;
import io.github.lora4j.djl.kernel.TorchOps;
import java.util.function.BiFunction;

/** Rows of a table by token id, times a factor. */
public final class TokenEmbedding extends WeightBlock {
  private final TorchOps ops;
  private final Parameter weight;
  private final double scale;
  private final TorchOp embedding;

  /**
   * Creates the embedding.
   *
   * @param ops the operators
   * @param weight the table, shape (vocabulary, hidden)
   * @param scale the factor, rounded to float32
   */
  @SuppressWarnings("this-escape")
  public TokenEmbedding(TorchOps ops, NDArray weight, double scale) {
    super(1);
    this.ops = ops;
    this.weight = weight("weight", Parameter.Type.WEIGHT, weight);
    this.scale = scale;
    embedding = ops.embedding(scale);
  }

  /** The table, shape (vocabulary, hidden). */
  NDArray table() {
    return weight.getArray();
  }

  /** What rows are multiplied by. */
  float scale() {
    return (float) scale;
  }

  @Override
  protected NDArray apply(NDArray ids) {
    return embedding.apply(ids, weight.getArray());
  }

  @Override
  public Shape[] getOutputShapes(Shape[] shapes) {
    return new Shape[] {new Shape(shapes[0].get(0), weight.getShape().get(1))};
  }

  @Override
  public TokenEmbedding withWeights(BiFunction<String, NDArray, NDArray> weights) {
    return new TokenEmbedding(ops, weights.apply("weight", weight.getArray()), scale);
  }
}
