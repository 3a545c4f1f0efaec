package io.github.lora4j.djl.kernel;

import ai.djl.ndarray.NDArray;
import io.github.lora4j.spi.AdamWStep;
import io.github.lora4j.spi.OptimizerKernels;
import java.nio.ByteBuffer;
import java.util.Optional;

/** Steps in the memory of libtorch's tensors. */
public final class TorchOptimizerKernels implements OptimizerKernels {
  /** For the service loader. */
  public TorchOptimizerKernels() {}

  @Override
  public Optional<ByteBuffer> memory(NDArray array, long from, int count) {
    return TensorMemory.of(array, from, count);
  }

  @Override
  public void adamW(
      ByteBuffer parameter,
      ByteBuffer gradient,
      ByteBuffer mean,
      ByteBuffer variance,
      AdamWStep step) {
    PORTABLE.adamW(parameter, gradient, mean, variance, step);
  }

  @Override
  public void adamW8(
      ByteBuffer parameter,
      ByteBuffer gradient,
      ByteBuffer meanCodes,
      ByteBuffer meanAbsmax,
      ByteBuffer varianceCodes,
      ByteBuffer varianceAbsmax,
      AdamWStep step) {
    PORTABLE.adamW8(
        parameter, gradient, meanCodes, meanAbsmax, varianceCodes, varianceAbsmax, step);
  }
}
