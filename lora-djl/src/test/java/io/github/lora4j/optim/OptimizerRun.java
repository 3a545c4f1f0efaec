// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.optim;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.optimizer.Optimizer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/** Parameters of several sizes and their gradients, the same in each run. */
final class OptimizerRun implements AutoCloseable {
  /** One value; less than a block; not a whole number of blocks; more than several pages. */
  static final Map<String, Shape> SHAPES = new LinkedHashMap<>();

  static {
    SHAPES.put("bias", new Shape());
    SHAPES.put("norm.weight", new Shape(65));
    SHAPES.put("a", new Shape(8, 640));
    SHAPES.put("b", new Shape(300, 41));
    SHAPES.put("large", new Shape(123, 257));
  }

  private final NDManager manager = NDManager.newBaseManager();
  final Map<String, NDArray> weights = new LinkedHashMap<>();

  OptimizerRun() {
    this(DataType.FLOAT32);
  }

  OptimizerRun(DataType type) {
    Random random = new Random(5);
    SHAPES.forEach(
        (name, shape) -> {
          try (NDArray values = manager.create(gaussian(random, shape, 1), shape);
              NDArray typed = values.toType(type, false)) {
            weights.put(name, typed.duplicate());
          }
        });
  }

  static float[] gaussian(Random random, Shape shape, double scale) {
    float[] values = new float[(int) shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (random.nextGaussian() * scale);
    }
    return values;
  }

  NDManager manager() {
    return manager;
  }

  /** Steps first to last, as the gradients of these steps say. */
  OptimizerRun steps(Optimizer optimizer, int first, int last) {
    for (int step = first; step <= last; step++) {
      Random random = new Random(100 + step);
      for (Map.Entry<String, NDArray> entry : weights.entrySet()) {
        Shape shape = entry.getValue().getShape();
        try (NDArray values = manager.create(gaussian(random, shape, 1e-2 * step), shape);
            NDArray gradient = values.toType(entry.getValue().getDataType(), false)) {
          optimizer.update(entry.getKey(), entry.getValue(), gradient);
        }
      }
    }
    return this;
  }

  Map<String, float[]> values() {
    Map<String, float[]> values = new LinkedHashMap<>();
    weights.forEach(
        (name, weight) -> {
          try (NDArray copy = weight.duplicate();
              NDArray floats = copy.toType(DataType.FLOAT32, false)) {
            values.put(name, floats.toFloatArray());
          }
        });
    return values;
  }

  @Override
  public void close() {
    manager.close();
  }
}
