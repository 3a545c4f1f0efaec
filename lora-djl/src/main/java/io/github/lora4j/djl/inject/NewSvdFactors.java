// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.Initialization;
import io.github.lora4j.djl.nn.WeightOrder;
import io.github.lora4j.peft.PeftTensor;
import io.github.lora4j.target.AdaptedModule;

/**
 * What an AdaLoRA adapter starts with (PEFT: {@code AdaLoraLayer.reset_lora_parameters}): singular
 * vectors drawn from a normal distribution, singular values of zero.
 */
record NewSvdFactors() implements FactorSource {
  private static final float DEVIATION = 0.02f;
  private static final NewFactors COPIES = new NewFactors(Initialization.KAIMING_UNIFORM);

  @Override
  public NDArray a(NDManager manager, AdaptedModule module) {
    return normal(manager, FactorSource.shapeOfA(module));
  }

  @Override
  public NDArray b(NDManager manager, AdaptedModule module) {
    return normal(manager, FactorSource.shapeOfB(module));
  }

  private static NDArray normal(NDManager manager, Shape shape) {
    return manager.randomNormal(0f, DEVIATION, shape, DataType.FLOAT32);
  }

  @Override
  public NDArray saved(NDManager manager, PeftTensor tensor, NDArray base, WeightOrder order) {
    return COPIES.saved(manager, tensor, base, order);
  }
}
