// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.Initialization;
import io.github.lora4j.Initialization.Rule;
import io.github.lora4j.djl.nn.WeightOrder;
import io.github.lora4j.peft.PeftTensor;
import io.github.lora4j.target.AdaptedModule;

/**
 * The values an adapter starts with (PEFT: {@code reset_lora_parameters}); modules saved in full
 * start as the base's.
 *
 * @param initialization the rule
 */
public record NewFactors(Initialization initialization) implements FactorSource {
  @Override
  public NDArray a(NDManager manager, AdaptedModule module) {
    Shape shape = FactorSource.shapeOfA(module);
    if (module.isEmbedding()) {
      return initialization.rule() == Rule.RANDOM
          ? normal(manager, shape, 1)
          : manager.zeros(shape, DataType.FLOAT32);
    }
    return initialization.rule() == Rule.GAUSSIAN
        ? normal(manager, shape, 1f / module.rank())
        : kaiming(manager, shape);
  }

  /** {@inheritDoc} An embedding's is drawn, for its A is zero. */
  @Override
  public NDArray b(NDManager manager, AdaptedModule module) {
    Shape shape = FactorSource.shapeOfB(module);
    if (module.isEmbedding()) {
      return normal(manager, shape, 1);
    }
    return initialization.rule() == Rule.RANDOM
        ? kaiming(manager, shape)
        : manager.zeros(shape, DataType.FLOAT32);
  }

  private static NDArray normal(NDManager manager, Shape shape, float deviation) {
    return manager.randomNormal(0f, deviation, shape, DataType.FLOAT32);
  }

  /** Kaiming uniform with a = √5 is uniform in ±1/√(values a row). */
  private static NDArray kaiming(NDManager manager, Shape shape) {
    float bound = (float) (1 / Math.sqrt((double) shape.size() / shape.get(0)));
    return manager.randomUniform(-bound, bound, shape, DataType.FLOAT32);
  }

  @Override
  public NDArray saved(NDManager manager, PeftTensor tensor, NDArray base, WeightOrder order) {
    NDArray copy = base.duplicate();
    copy.attach(manager);
    return copy;
  }
}
