package io.github.lora4j.examples.benchmark;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;
import io.github.lora4j.djl.kernel.EngineMode;
import io.github.lora4j.target.AdaptableModule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The rate of libtorch's own matrix products on a model's shapes: for each linear map the product
 * forward, x Wᵀ, and the one backward, dy W, each as often as it occurs in a step. Arithmetic of
 * all over their time.
 */
final class MatrixRate implements AutoCloseable {
  private final NDManager manager;
  private final Map<Shape, Product> products = new LinkedHashMap<>();
  private final List<Double> gigaflops = new ArrayList<>();

  MatrixRate(NDManager parent, List<AdaptableModule> linears, int tokens) {
    manager = parent.newSubManager();
    try (EngineMode mode = EngineMode.inference()) {
      for (AdaptableModule linear : linears) {
        Shape shape = new Shape(linear.outFeatures(), linear.inFeatures());
        products.computeIfAbsent(shape, s -> new Product(manager, s, tokens)).count++;
      }
    }
  }

  /** Measures once more; called between steps, so that it sees the machine as they do. */
  void sample() {
    try (EngineMode mode = EngineMode.inference()) {
      double flop = 0;
      double seconds = 0;
      for (Product product : products.values()) {
        flop += product.count * product.flop();
        seconds += product.count * product.seconds();
      }
      gigaflops.add(flop / seconds / 1e9);
    }
  }

  /** The median over the samples, in GFLOP/s. */
  double gigaflopsPerSecond() {
    return Median.of(gigaflops);
  }

  @Override
  public void close() {
    manager.close();
  }

  private static final class Product {
    private final NDArray weight;
    private final NDArray x;
    private final NDArray dy;
    private int count;

    Product(NDManager manager, Shape shape, int tokens) {
      weight = manager.randomNormal(shape);
      x = manager.randomNormal(new Shape(tokens, shape.get(1)));
      dy = manager.randomNormal(new Shape(tokens, shape.get(0)));
      seconds();
    }

    double flop() {
      return 4.0 * x.getShape().get(0) * weight.getShape().size();
    }

    double seconds() {
      long begin = System.nanoTime();
      Linear.linear(x, weight).singletonOrThrow().close();
      dy.matMul(weight).close();
      return (System.nanoTime() - begin) / 1e9;
    }
  }
}
