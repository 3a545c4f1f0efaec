// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.plan;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.djl.nn.WeightOrder;
import io.github.lora4j.djl.nn.WeightSource;
import io.github.lora4j.target.AdaptableModule;
import java.util.function.BiConsumer;

/**
 * Weights that have shapes and take no memory: each is a single zero, seen in its shape (torch:
 * {@code expand}).
 */
public final class OutlineWeights implements WeightSource {
  private final BiConsumer<String, Shape> check;

  /**
   * Creates the source.
   *
   * @param check is told of each weight's name and shape, and refuses what cannot be
   */
  public OutlineWeights(BiConsumer<String, Shape> check) {
    this.check = check;
  }

  @Override
  public NDArray load(NDManager manager, String name, Shape shape) {
    check.accept(name, shape);
    return outline(manager, shape);
  }

  @Override
  public NDArray loadLinear(NDManager manager, AdaptableModule module) {
    Shape shape = new Shape(module.outFeatures(), module.inFeatures());
    check.accept(module.name() + ".weight", WeightOrder.of(module).stored(shape));
    return outline(manager, shape);
  }

  private static NDArray outline(NDManager manager, Shape shape) {
    try (NDArray zero = manager.zeros(new Shape(1))) {
      return zero.broadcast(shape);
    }
  }

  @Override
  public boolean mayLieTogether() {
    return false;
  }

  @Override
  public String origin(String name) {
    return "outline";
  }
}
