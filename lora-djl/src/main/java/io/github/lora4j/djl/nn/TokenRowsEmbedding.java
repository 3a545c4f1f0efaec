// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import io.github.lora4j.peft.TensorRole;
import java.util.Map;
import java.util.function.BiFunction;

/** An embedding some rows of which are an adapter's. The table neither changes nor is copied. */
public final class TokenRowsEmbedding extends WrappedBlock {
  private final TokenEmbedding base;
  private final TokenRows rows;

  /**
   * Puts rows before an embedding.
   *
   * @param base the embedding, not owned
   * @param rows what stands in the place of its own
   * @param adapter the name of the rows' adapter
   */
  public TokenRowsEmbedding(TokenEmbedding base, TokenRows rows, String adapter) {
    super(1, adapter);
    this.base = base;
    this.rows = rows;
  }

  @Override
  public TokenEmbedding base() {
    return base;
  }

  @Override
  Map<String, Parameter> learned() {
    return Map.of(TensorRole.TRAINABLE_TOKENS.memoryName(adapter()), rows.values());
  }

  @Override
  protected NDArray apply(NDArray ids) {
    return rows.embedded(ids, base.apply(ids), base.scale());
  }

  @Override
  public Shape[] getOutputShapes(Shape[] shapes) {
    return base.getOutputShapes(shapes);
  }

  @Override
  public WeightBlock withWeights(BiFunction<String, NDArray, NDArray> weights) {
    return base.withWeights(weights);
  }
}
