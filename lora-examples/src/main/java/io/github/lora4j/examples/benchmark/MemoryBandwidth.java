// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.benchmark;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.djl.kernel.EngineMode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * How fast all threads together read memory: 256 MiB, far more than a cache holds, by libtorch's
 * sum and by its matrix-vector products (64 at once, which it spreads over the threads). A sample
 * is the faster of the two.
 */
final class MemoryBandwidth implements AutoCloseable {
  private static final long MATRICES = 64;
  private static final long SIDE = 1024;
  private static final double GIGABYTES = 4e-9 * MATRICES * SIDE * SIDE;

  private final NDManager manager;
  private final NDArray matrices;
  private final NDArray vectors;
  private final List<Double> seconds = new ArrayList<>();

  MemoryBandwidth(NDManager parent) {
    manager = parent.newSubManager();
    matrices = manager.ones(new Shape(MATRICES, SIDE, SIDE), DataType.FLOAT32);
    vectors = manager.ones(new Shape(MATRICES, SIDE, 1), DataType.FLOAT32);
  }

  /** Measures once more; called between tokens, so that it sees the machine as they do. */
  void sample() {
    try (EngineMode mode = EngineMode.inference()) {
      double sum = time(matrices::sum);
      double product = time(() -> matrices.matMul(vectors));
      seconds.add(Math.min(sum, product));
    }
  }

  private static double time(Supplier<NDArray> kernel) {
    long begin = System.nanoTime();
    kernel.get().close();
    return (System.nanoTime() - begin) / 1e9;
  }

  /** The median over the samples, in GB/s. */
  double median() {
    return GIGABYTES / Samples.median(seconds);
  }

  /** The best sample, in GB/s. */
  double best() {
    return GIGABYTES / Samples.least(seconds);
  }

  @Override
  public void close() {
    manager.close();
  }
}
