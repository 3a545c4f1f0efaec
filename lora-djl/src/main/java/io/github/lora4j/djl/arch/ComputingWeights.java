// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.arch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.djl.nn.WeightSource;
import io.github.lora4j.quant.PackedTensor;
import io.github.lora4j.target.AdaptableModule;

/**
 * The weights of another source, to be computed with in a type of their own.
 *
 * @param source gives the weights
 * @param computeType what products with the quantised ones are computed in
 */
public record ComputingWeights(WeightSource source, DataType computeType) implements WeightSource {
  @Override
  public NDArray load(NDManager manager, String name, Shape shape) {
    return source.load(manager, name, shape);
  }

  @Override
  public NDArray loadLinear(NDManager manager, AdaptableModule module) {
    return source.loadLinear(manager, module);
  }

  @Override
  public boolean isQuantized(AdaptableModule module) {
    return source.isQuantized(module);
  }

  @Override
  public PackedTensor loadQuantized(NDManager manager, AdaptableModule module) {
    return source.loadQuantized(manager, module);
  }

  @Override
  public boolean mayLieTogether() {
    return source.mayLieTogether();
  }

  @Override
  public String origin(String name) {
    return source.origin(name);
  }
}
