// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The bytes of a tensor with its rows in another order. */
final class PermutedRows implements TensorBytes {
  private final TensorBytes source;
  private final long rowBytes;
  private final int[] order;

  PermutedRows(TensorBytes source, long rowBytes, int[] order) {
    this.source = source;
    this.rowBytes = rowBytes;
    this.order = order;
  }

  @Override
  public String location() {
    return source.location();
  }

  @Override
  public Reader reader() {
    Reader reader = source.reader();
    return (offset, destination) -> read(reader, offset, destination);
  }

  private void read(Reader reader, long offset, ByteBuffer destination) {
    int end = destination.limit();
    for (long at = offset; destination.position() < end; ) {
      long within = at % rowBytes;
      int count = (int) Math.min(rowBytes - within, end - destination.position());
      destination.limit(destination.position() + count);
      reader.read(order[Math.toIntExact(at / rowBytes)] * rowBytes + within, destination);
      at += count;
    }
    destination.limit(end);
  }

  @Override
  public ByteBuffer view(int length) {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    reader().read(0, bytes);
    return bytes.flip().asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }
}
