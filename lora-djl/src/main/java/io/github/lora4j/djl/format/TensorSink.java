// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import ai.djl.ndarray.NDArray;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/** Appends tensors to a file in a given type, chunk after chunk. */
final class TensorSink {
  private static final int CHUNK = 1 << 20;

  private final AtomicFile file;
  private final StoredType type;

  TensorSink(AtomicFile file, StoredType type) {
    this.file = file;
    this.type = type;
  }

  /** Appends an array whose type is this sink's, or a floating-point one if this sink's is. */
  void write(NDArray array) {
    StoredType own = StoredType.of(array.getDataType()).orElseThrow();
    if (own == type) {
      ArrayWindows.forEach(array, (first, window) -> file.write(window));
    } else {
      ArrayWindows.forEach(array, (first, window) -> convert(own, window));
    }
  }

  /** Appends a tensor of this sink's type as it is. */
  void write(StoredTensor tensor) {
    TensorBytes.Reader reader = tensor.reader();
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK).order(ByteOrder.LITTLE_ENDIAN);
    for (long at = 0, size = tensor.byteSize(); at < size; at += CHUNK) {
      chunk.clear().limit((int) Math.min(CHUNK, size - at));
      reader.read(at, chunk);
      file.write(chunk.flip());
    }
  }

  private void convert(StoredType from, ByteBuffer window) {
    int size = window.remaining() / from.bytes();
    for (int first = 0; first < size; first += CHUNK) {
      int count = Math.min(CHUNK, size - first);
      ByteBuffer chunk = Buffers.slice(window, first * from.bytes(), count * from.bytes());
      file.write(convertChunk(from, chunk, count));
    }
  }

  private ByteBuffer convertChunk(StoredType from, ByteBuffer chunk, int count) {
    ByteBuffer converted = ByteBuffer.allocate(count * type.bytes());
    ParallelRanges.run(
        count,
        (first, n) -> {
          FloatBuffer floats = FloatBuffer.allocate(n);
          FloatCodec.of(from)
              .decode(Buffers.slice(chunk, first * from.bytes(), n * from.bytes()), floats);
          FloatCodec.of(type)
              .encode(floats, Buffers.slice(converted, first * type.bytes(), n * type.bytes()));
        });
    return converted;
  }
}
