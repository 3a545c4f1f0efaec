// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Products of a few rows with a dense weight, in C: from 16 to 64 rows oneDNN takes twice as long,
 * for it is made for many. They record no graph.
 */
public final class FewRows {
  /** Beyond as many oneDNN is as fast. */
  private static final long MOST = 128;

  private FewRows() {}

  /**
   * The product, if this is the place for it.
   *
   * @param x shape (T, in)
   * @param w shape (out, in)
   * @param bias shape (out), or empty
   * @param residual shape (T, out), or empty; left as it is
   * @return x wᵀ + bias + residual, shape (T, out), on the manager of x; empty for many rows,
   *     without native kernels, or where an array is no contiguous float32 one of the CPU
   */
  public static Optional<NDArray> product(
      NDArray x, NDArray w, Optional<NDArray> bias, Optional<NDArray> residual) {
    Optional<NativeKernels> kernels = NativeKernels.get();
    if (x.getShape().get(0) > MOST || kernels.isEmpty()) {
      return Optional.empty();
    }
    Stream<NDArray> inputs =
        Stream.concat(Stream.of(x, w), Stream.concat(bias.stream(), residual.stream()));
    return inputs.allMatch(FewRows::suits)
        ? Optional.of(product(kernels.get(), x, w, bias, residual))
        : Optional.empty();
  }

  private static boolean suits(NDArray array) {
    return !array.getDevice().isGpu()
        && array.getDataType() == DataType.FLOAT32
        && array.size() > 0
        && NativeFunctions.lora4j_data(((PtNDArray) array).getHandle()) != 0;
  }

  private static NDArray product(
      NativeKernels kernels,
      NDArray x,
      NDArray w,
      Optional<NDArray> bias,
      Optional<NDArray> residual) {
    long rows = x.getShape().get(0);
    long out = w.getShape().get(0);
    NDArray y =
        residual
            .map(NDArray::duplicate)
            .orElseGet(() -> x.getManager().create(new Shape(rows, out), DataType.FLOAT32));
    y.attach(x.getManager());
    kernels.productF32(
        kernels.address(w),
        out,
        w.getShape().get(1),
        kernels.address(x),
        rows,
        kernels.address(y),
        bias.map(kernels::address).orElse(0L),
        residual.isPresent());
    return y;
  }
}
