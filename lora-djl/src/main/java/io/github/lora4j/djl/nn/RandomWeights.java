// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

/**
 * Weights by chance, as pretraining starts: normal with deviation 0.02, norms 1, biases 0. Draws
 * from the engine's generator.
 */
public final class RandomWeights implements WeightSource {
  private static final float DEVIATION = 0.02f;

  @Override
  public NDArray load(NDManager manager, String name, Shape shape) {
    if (name.endsWith(".bias")) {
      return manager.zeros(shape, DataType.FLOAT32);
    }
    return shape.dimension() == 1
        ? manager.ones(shape, DataType.FLOAT32)
        : manager.randomNormal(0f, DEVIATION, shape, DataType.FLOAT32);
  }

  @Override
  public String origin(String name) {
    return "random weights";
  }
}
