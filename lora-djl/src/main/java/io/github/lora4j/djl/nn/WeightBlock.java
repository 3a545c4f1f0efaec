// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** A block whose weights exist from the start, frozen: one input, one output. */
public abstract class WeightBlock extends AbstractBlock {
  /**
   * Creates the block.
   *
   * @param features size of the input's last dimension
   */
  @SuppressWarnings("this-escape")
  protected WeightBlock(long features) {
    inputShapes = new Shape[] {new Shape(-1, features)};
  }

  /**
   * Registers a weight, frozen.
   *
   * @param name {@code weight} or {@code bias}
   * @param type what it is
   * @param array the value, owned by the model
   * @return the parameter
   */
  protected final Parameter weight(String name, Parameter.Type type, NDArray array) {
    return addParameter(
        Parameter.builder()
            .setName(name)
            .setType(type)
            .optArray(array)
            .optShape(array.getShape())
            .optRequiresGrad(false)
            .build());
  }

  /**
   * The block's formula.
   *
   * @param x the input, shape (T, in)
   * @return the output, shape (T, out), on the manager of x
   */
  protected abstract NDArray apply(NDArray x);

  /**
   * The same block with other weights.
   *
   * @param weights gives each weight by its name and this block's value
   * @return a block of the same shape, its parameters frozen
   */
  public abstract WeightBlock withWeights(BiFunction<String, NDArray, NDArray> weights);

  @Override
  protected final NDList forwardInternal(
      ParameterStore store,
      NDList inputs,
      boolean training,
      @Nullable PairList<String, Object> params) {
    return new NDList(apply(inputs.singletonOrThrow()));
  }

  @Override
  public Shape[] getOutputShapes(Shape[] shapes) {
    return shapes;
  }

  @Override
  public final void initialize(NDManager manager, DataType dataType, Shape... shapes) {
    // The weights came with the block.
  }
}
