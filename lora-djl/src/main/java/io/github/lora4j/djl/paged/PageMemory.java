package io.github.lora4j.djl.paged;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

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

  @Override
  public void close() {
    array.close();
  }
}
