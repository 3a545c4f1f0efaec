// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.quant.PackedTensor;
import io.github.lora4j.target.AdaptableModule;

/** Where a decoder's weights come from: a checkpoint, or chance. */
public interface WeightSource {
  /**
   * Reads one weight.
   *
   * @param manager owns the result
   * @param name its name
   * @param shape the shape it must have
   * @return the weight in float32
   * @throws io.github.lora4j.CheckpointException if it is missing or of another shape
   */
  NDArray load(NDManager manager, String name, Shape shape);

  /**
   * Reads the weight of a linear module.
   *
   * @param manager owns the result
   * @param module the module
   * @return the weight in float32, shape (out, in) however it is stored
   * @throws io.github.lora4j.CheckpointException if it is missing or of another shape
   */
  default NDArray loadLinear(NDManager manager, AdaptableModule module) {
    WeightOrder order = WeightOrder.of(module);
    Shape shape = new Shape(module.outFeatures(), module.inFeatures());
    return order.turned(load(manager, module.name() + ".weight", order.stored(shape)));
  }

  /**
   * Whether the weight of a linear module comes quantised.
   *
   * @param module the module
   * @return true if {@link #loadQuantized} is to be called for it and {@link #load} is not
   */
  default boolean isQuantized(AdaptableModule module) {
    return false;
  }

  /**
   * Reads the quantised weight of a linear module.
   *
   * @param manager the tensor's arrays live no longer than it
   * @param module a module for which {@link #isQuantized}
   * @return the weight, shape (out, in)
   * @throws io.github.lora4j.CheckpointException if it is missing, of another shape, or not finite
   */
  default PackedTensor loadQuantized(NDManager manager, AdaptableModule module) {
    throw new UnsupportedOperationException(module.name());
  }

  /**
   * What products with quantised weights are computed in.
   *
   * @return FLOAT32, BFLOAT16 or FLOAT16
   */
  default DataType computeType() {
    return DataType.FLOAT32;
  }

  /**
   * Whether the weights of linear maps of one input may be copied beside each other.
   *
   * @return false if each is to stay the array it is
   */
  default boolean mayLieTogether() {
    return true;
  }

  /**
   * Where a weight comes from, for messages.
   *
   * @param name its name
   * @return for example the file
   */
  String origin(String name);
}
