// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.paged;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.djl.kernel.NativeKernels;
import java.util.Optional;

/**
 * The memory of a pool's pages, one array of float32. Owns it.
 *
 * @param shape what a page holds of sequences
 * @param array all pages one after the other, shape (pages, layers, 2, keyValueHeads, tokens,
 *     headDim)
 */
record PageMemory(PageShape shape, NDArray array) implements AutoCloseable {
  /** Zeros: memory that was never touched would be found missing in the middle of a step. */
  static PageMemory create(NDManager owner, PageShape shape, int pages) {
    Shape all =
        new Shape(pages, shape.layers(), 2, shape.keyValueHeads(), shape.tokens(), shape.headDim());
    return new PageMemory(shape, owner.zeros(all, DataType.FLOAT32));
  }

  /**
   * Some of the values as an array of their own; what is written to it is written to the pages.
   *
   * @param offset the first value, counted from the first page's beginning
   * @param view the shape
   * @param owner gets the view
   */
  NDArray view(long offset, Shape view, NDManager owner) {
    try (NDArray flat = array.reshape(-1);
        NDArray part = flat.get(new NDIndex().addSliceDim(offset, offset + view.size()))) {
      NDArray shaped = part.reshape(view);
      shaped.attach(owner);
      return shaped;
    }
  }

  /** Where the first page begins, where native kernels can read it. */
  Optional<Long> address() {
    return array.getDevice().isGpu()
        ? Optional.empty()
        : NativeKernels.get().map(kernels -> kernels.address(array));
  }

  @Override
  public void close() {
    array.close();
  }
}
