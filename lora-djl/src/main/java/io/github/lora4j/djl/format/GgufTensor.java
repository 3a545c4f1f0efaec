// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import ai.djl.ndarray.types.Shape;

/**
 * A tensor in a GGUF file.
 *
 * @param name the name in the file, for example {@code blk.0.attn_q.weight}
 * @param type how its elements are stored
 * @param shape the sizes of the dimensions, that of a row last
 * @param stored the means to read it: in its own type and shape; or, if elements are packed, blocks
 *     of bytes in order, U8 of shape (blocks, {@link GgufType#blockBytes})
 */
public record GgufTensor(String name, GgufType type, Shape shape, StoredTensor stored) {
  static GgufTensor of(
      String name, GgufType type, Shape shape, CheckpointFile file, long position) {
    return new GgufTensor(
        name, type, shape, stored(name, type, shape, new FileRegion(file, position)));
  }

  private static StoredTensor stored(String name, GgufType type, Shape shape, TensorBytes bytes) {
    return type.plain()
        .map(plain -> new StoredTensor(name, plain, shape, bytes))
        .orElseGet(
            () -> {
              Shape blocks = new Shape(shape.size() / type.blockSize(), type.blockBytes());
              return new StoredTensor(name, StoredType.U8, blocks, bytes);
            });
  }

  /**
   * The tensor with its rows in another order.
   *
   * @param order which of this tensor's rows comes at each place; as many as there are rows
   * @return the tensor, read row by row
   */
  public GgufTensor withRows(int[] order) {
    long rowBytes = stored.byteSize() / order.length;
    TensorBytes rows = new PermutedRows(stored.source(), rowBytes, order.clone());
    return new GgufTensor(name, type, shape, stored(name, type, shape, rows));
  }
}
