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
record NewFactors(Initialization initialization) implements FactorSource {
  @Override
  public NDArray a(NDManager manager, AdaptedModule module) {
    Shape shape = FactorSource.shapeOfA(module);
    return initialization.rule() == Rule.GAUSSIAN
        ? manager.randomNormal(0f, 1f / module.rank(), shape, DataType.FLOAT32)
        : kaiming(manager, shape);
  }

  @Override
  public NDArray b(NDManager manager, AdaptedModule module) {
    Shape shape = FactorSource.shapeOfB(module);
    return initialization.rule() == Rule.RANDOM
        ? kaiming(manager, shape)
        : manager.zeros(shape, DataType.FLOAT32);
  }

  /** Kaiming uniform with a = √5 is uniform in ±1/√columns. */
  private static NDArray kaiming(NDManager manager, Shape shape) {
    float bound = (float) (1 / Math.sqrt((double) shape.get(1)));
    return manager.randomUniform(-bound, bound, shape, DataType.FLOAT32);
  }

  @Override
  public NDArray saved(NDManager manager, PeftTensor tensor, NDArray base, WeightOrder order) {
    NDArray copy = base.duplicate();
    copy.attach(manager);
    return copy;
  }
}
