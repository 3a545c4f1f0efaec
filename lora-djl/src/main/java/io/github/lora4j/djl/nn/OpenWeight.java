// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import java.util.Optional;

/** A weight W (out, in) that is ready to be multiplied with. */
public interface OpenWeight extends AutoCloseable {
  /**
   * The map's product, x Wᵀ + bias + residual. Records no graph.
   *
   * @param x shape (T, in)
   * @param bias shape (out), or empty
   * @param residual shape (T, out), or empty; left as it is
   * @return a new array, shape (T, out), on the manager of x; the caller may write over it
   */
  NDArray product(NDArray x, Optional<NDArray> bias, Optional<NDArray> residual);

  /**
   * The same where nothing is trained: kernels may be chosen by the number of rows, and round
   * otherwise.
   *
   * @param x shape (T, in)
   * @param bias shape (out), or empty
   * @param residual shape (T, out), or empty; left as it is
   * @return a new array, shape (T, out), on the manager of x; the caller may write over it
   */
  default NDArray inferenceProduct(NDArray x, Optional<NDArray> bias, Optional<NDArray> residual) {
    return product(x, bias, residual);
  }

  /**
   * The product backward, dy W. Records no graph.
   *
   * @param dy gradient of the map's output, shape (T, out)
   * @return gradient of its input, a new array of shape (T, in) on the manager of dy; the caller
   *     may write over it
   */
  NDArray inputGradient(NDArray dy);

  /** Frees what was made for this use; the stored weight stays. */
  @Override
  void close();
}
