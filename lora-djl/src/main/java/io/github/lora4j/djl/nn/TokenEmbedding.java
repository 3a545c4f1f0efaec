package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import io.github.lora4j.djl.kernel.TorchOp;
import io.github.lora4j.djl.kernel.TorchOps;
import java.util.function.BiFunction;

/** Rows of a table by token id. */
public final class TokenEmbedding extends WeightBlock {
  private final TorchOps ops;
  private final Parameter weight;
  private final TorchOp embedding;

  /**
   * Creates the embedding.
   *
   * @param ops the operators
   * @param weight the table, shape (vocabulary, hidden)
   */
  @SuppressWarnings("this-escape")
  public TokenEmbedding(TorchOps ops, NDArray weight) {
    super(1);
    this.ops = ops;
    this.weight = weight("weight", Parameter.Type.WEIGHT, weight);
    embedding = ops.embedding();
  }

  /** The table, shape (vocabulary, hidden). */
  NDArray table() {
    return weight.getArray();
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
    return new TokenEmbedding(ops, weights.apply("weight", weight.getArray()));
  }
}
