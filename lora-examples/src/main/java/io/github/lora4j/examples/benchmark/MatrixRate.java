// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.benchmark;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.djl.kernel.EngineMode;
import io.github.lora4j.djl.kernel.LinearProducts;
import io.github.lora4j.djl.kernel.TorchOp;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * The rate of matrix products on the shapes of a step: the arithmetic of all over their time, each
 * counted as often as it occurs in a step.
 *
 * <p>Each sample times each kind of product once, on arrays that exist only for that moment, after
 * an untimed run that brings them into the cache. Taken between steps, samples meet the machine in
 * the state in which the steps meet it.
 */
final class MatrixRate {
  /**
   * What one side of a product may hold, 64 MiB: less than a step holds, so the peak is the step's.
   */
  private static final int MAX_CELLS = 16 << 20;

  private final NDManager parent;
  private final LinearProducts operators;
  private final Map<Product, Integer> products;
  private final Map<Product, List<Double>> seconds = new LinkedHashMap<>();

  /**
   * Prepares.
   *
   * @param parent sub-managers of it own the arrays
   * @param operators what multiplies
   * @param products what to time, and how often each occurs in a step
   */
  MatrixRate(NDManager parent, LinearProducts operators, Map<Product, Integer> products) {
    this.parent = parent;
    this.operators = operators;
    this.products = products;
    products.keySet().forEach(product -> seconds.put(product, new ArrayList<>()));
  }

  /** Measures once more. */
  void sample() {
    seconds.forEach((product, samples) -> samples.add(time(product)));
  }

  private double time(Product product) {
    try (NDManager manager = parent.newSubManager();
        EngineMode mode = EngineMode.inference()) {
      NDArray weight = ones(manager, product.out(), product.in());
      boolean forward = product.direction() == Product.Direction.FORWARD;
      int count = rowsInOneGo(product);
      NDArray rows = ones(manager, count, forward ? product.in() : product.out());
      multiply(rows, weight, forward);
      long begin = System.nanoTime();
      multiply(rows, weight, forward);
      return (System.nanoTime() - begin) / 1e9 * product.rows() / count;
    }
  }

  /** A vocabulary is wide; its product is timed on as many rows as fit. */
  private static int rowsInOneGo(Product product) {
    int widest = Math.max(product.in(), product.out());
    return Math.max(1, Math.min(product.rows(), MAX_CELLS / widest));
  }

  private static NDArray ones(NDManager manager, int rows, int columns) {
    return manager.ones(new Shape(rows, columns), DataType.FLOAT32);
  }

  private void multiply(NDArray rows, NDArray weight, boolean forward) {
    TorchOp operator = forward ? operators.product() : operators.inputGradient();
    operator.apply(rows, weight).close();
  }

  /** By the median time of each kind of product, in GFLOP/s. */
  double median() {
    return rate(Samples::median);
  }

  /** By the shortest time of each kind of product, in GFLOP/s. */
  double best() {
    return rate(Samples::least);
  }

  private double rate(ToDoubleFunction<List<Double>> statistic) {
    double flop = 0;
    double time = 0;
    for (Map.Entry<Product, Integer> entry : products.entrySet()) {
      flop += entry.getValue() * entry.getKey().flop();
      time += entry.getValue() * statistic.applyAsDouble(seconds.get(entry.getKey()));
    }
    return flop / time / 1e9;
  }
}
