package io.github.lora4j.examples.benchmark;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.djl.kernel.EngineMode;
import java.util.ArrayList;
import java.util.List;

/** How fast all threads together read memory: libtorch's sum over 256 MiB. */
final class MemoryBandwidth implements AutoCloseable {
  private static final long FLOATS = 64L << 20;

  private final NDArray block;
  private final List<Double> gigabytes = new ArrayList<>();

  MemoryBandwidth(NDManager manager) {
    block = manager.ones(new Shape(FLOATS), DataType.FLOAT32);
  }

  /** Measures once more; called between tokens, so that it sees the machine as they do. */
  void sample() {
    try (EngineMode mode = EngineMode.inference()) {
      long begin = System.nanoTime();
      block.sum().close();
      gigabytes.add(4.0 * FLOATS / (System.nanoTime() - begin));
    }
  }

  /** The median over the samples, in GB/s. */
  double gigabytesPerSecond() {
    return Median.of(gigabytes);
  }

  @Override
  public void close() {
    block.close();
  }
}
