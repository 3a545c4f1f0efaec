// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.CheckpointException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Objects;

/**
 * A tensor in a file: its name, type and shape, and the means to read it. Nothing is read before it
 * is asked for; reading takes the memory of the result and a small chunk. A tensor may be read from
 * several threads while its file is open.
 */
public final class StoredTensor {
  private final String name;
  private final StoredType type;
  private final Shape shape;
  private final TensorBytes bytes;

  StoredTensor(String name, StoredType type, Shape shape, TensorBytes bytes) {
    this.name = name;
    this.type = type;
    this.shape = shape;
    this.bytes = bytes;
  }

  /**
   * The name in the file, for example {@code model.layers.0.mlp.up_proj.weight}.
   *
   * @return the name
   */
  public String name() {
    return name;
  }

  /**
   * The type of the elements in the file.
   *
   * @return the type
   */
  public StoredType type() {
    return type;
  }

  /**
   * The sizes of the dimensions.
   *
   * @return the shape
   */
  public Shape shape() {
    return shape;
  }

  /**
   * The number of elements.
   *
   * @return the product of the shape, 1 for a scalar
   */
  public long size() {
    return shape.size();
  }

  /**
   * The length in the file.
   *
   * @return bytes
   */
  public long byteSize() {
    return size() * type.bytes();
  }

  /**
   * Where the tensor lies, for messages.
   *
   * @return the file and the position in it
   */
  public String location() {
    return bytes.location();
  }

  /**
   * Reads the tensor as 32-bit floats. F16 and BF16 are widened exactly, F64 is rounded.
   *
   * @param manager gets the array
   * @return a FLOAT32 array of {@link #shape} that owns its memory, on the manager
   * @throws CheckpointException if the type is no floating-point type or the file cannot be read
   */
  public NDArray toFloat32(NDManager manager) {
    requireFloatingPoint();
    if (type == StoredType.F32) {
      return copy(manager, DataType.FLOAT32);
    }
    TensorBytes.Reader reader = bytes.reader();
    return ArrayWindows.create(
        manager, shape, DataType.FLOAT32, (first, window) -> decode(reader, first, window));
  }

  /**
   * Reads the tensor in its own type; BF16, of which DJL has no arrays, as 32-bit floats.
   *
   * @param manager gets the array
   * @return an array of {@link #shape} that owns its memory, on the manager
   * @throws CheckpointException if the type is I16, of which DJL has no arrays, or the file cannot
   *     be read
   */
  public NDArray toNDArray(NDManager manager) {
    if (type == StoredType.BF16) {
      return toFloat32(manager);
    }
    return copy(
        manager,
        type.dataType()
            .orElseThrow(
                () -> error("is " + type + ", which the engine cannot hold; store another type")));
  }

  /**
   * The bytes in the file, row-major and little-endian: a mapping of the file, or a copy if the
   * tensor is small or not contiguous there. It stays valid after the file is closed; a mapping is
   * given back by garbage collection.
   *
   * @return a read-only buffer of {@link #byteSize} bytes
   * @throws CheckpointException if the tensor is longer than 2 GiB or the file cannot be read
   */
  public ByteBuffer bytes() {
    if (byteSize() > Integer.MAX_VALUE) {
      throw error("has " + byteSize() + " bytes, more than a buffer holds; read it in parts");
    }
    return bytes.view((int) byteSize());
  }

  /**
   * Reads some elements as 32-bit floats, so that a tensor of any length can be streamed.
   *
   * @param first index of the first element in row-major order
   * @param destination receives the floats
   * @param offset where in destination
   * @param count how many
   * @throws CheckpointException if the type is no floating-point type or the file cannot be read
   * @throws IndexOutOfBoundsException if the range lies outside the tensor or the destination
   */
  public void readFloats(long first, float[] destination, int offset, int count) {
    requireFloatingPoint();
    Objects.checkFromIndexSize(first, count, size());
    Objects.checkFromIndexSize(offset, count, destination.length);
    TensorBytes.Reader reader = bytes.reader();
    ParallelRanges.run(
        count,
        (from, n) ->
            decodeRange(
                reader, first + from, n, FloatBuffer.wrap(destination, offset + from, n).slice()));
  }

  /**
   * Reads all elements as 32-bit floats.
   *
   * @return the elements in row-major order
   * @throws CheckpointException if the type is no floating-point type, the tensor has more elements
   *     than a Java array, or the file cannot be read
   */
  public float[] toFloatArray() {
    if (size() > Integer.MAX_VALUE - 8) {
      throw error("has " + size() + " elements, more than a Java array; read it in parts");
    }
    requireFloatingPoint();
    float[] floats = new float[(int) size()];
    readFloats(0, floats, 0, floats.length);
    return floats;
  }

  /** Where the bytes lie. */
  TensorBytes source() {
    return bytes;
  }

  /** Opens the bytes for copying, element by element as stored. */
  TensorBytes.Reader reader() {
    return bytes.reader();
  }

  @Override
  public String toString() {
    return name + " " + type + " " + shape;
  }

  private NDArray copy(NDManager manager, DataType dataType) {
    TensorBytes.Reader reader = bytes.reader();
    int width = type.bytes();
    return ArrayWindows.create(
        manager,
        shape,
        dataType,
        (first, window) ->
            ParallelRanges.run(
                window.remaining() / width,
                (from, n) ->
                    reader.read(
                        (first + from) * width, Buffers.slice(window, from * width, n * width))));
  }

  private void decode(TensorBytes.Reader reader, long first, ByteBuffer window) {
    ParallelRanges.run(
        window.remaining() / Float.BYTES,
        (from, n) -> {
          ByteBuffer floats = Buffers.slice(window, from * Float.BYTES, n * Float.BYTES);
          decodeRange(reader, first + from, n, floats.asFloatBuffer());
        });
  }

  private void decodeRange(TensorBytes.Reader reader, long first, int count, FloatBuffer floats) {
    ByteBuffer chunk = ByteBuffer.allocate(count * type.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    reader.read(first * type.bytes(), chunk);
    FloatCodec.of(type).decode(chunk.flip(), floats);
  }

  private void requireFloatingPoint() {
    if (!type.isFloatingPoint()) {
      throw error("is " + type + ", expected one of F64, F32, F16, BF16");
    }
  }

  private CheckpointException error(String message) {
    return new CheckpointException(location() + ": tensor '" + name + "' " + message);
  }
}
