// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.CheckpointException;
import java.util.function.Supplier;

/**
 * A tensor to be written: its name, type and shape, known at once, and its bytes, made when due.
 */
public final class TensorEntry {
  private final String name;
  private final StoredType type;
  private final Shape shape;
  private final Content content;

  private TensorEntry(String name, StoredType type, Shape shape, Content content) {
    this.name = name;
    this.type = type;
    this.shape = shape;
    this.content = content;
  }

  /** Writes the elements to a sink, in order. */
  @FunctionalInterface
  interface Content {
    void writeTo(TensorSink sink);
  }

  /**
   * An array in its own type.
   *
   * @param name the tensor's name
   * @param array the array; read when the file is written, neither changed nor closed
   * @return the entry
   * @throws CheckpointException if the array's type cannot be stored
   */
  public static TensorEntry of(String name, NDArray array) {
    return of(name, array, ownType(name, array.getDataType()));
  }

  /**
   * An array in a chosen type.
   *
   * @param name the tensor's name
   * @param array the array; read when the file is written, neither changed nor closed
   * @param type the type in the file: the array's own, or any floating-point type for a
   *     floating-point array (rounded to nearest, ties to even)
   * @return the entry
   * @throws CheckpointException if the array cannot be stored in that type
   */
  public static TensorEntry of(String name, NDArray array, StoredType type) {
    requireConvertible(name, array.getDataType(), type);
    return new TensorEntry(name, type, array.getShape(), sink -> sink.write(array));
  }

  /**
   * An array that is made when it is due, so that one at a time takes memory.
   *
   * @param name the tensor's name
   * @param shape the array's shape
   * @param type the type in the file, see {@link #of(String, NDArray, StoredType)}
   * @param array makes the array; it is called once for each write, and the array is closed after
   *     it
   * @return the entry
   */
  public static TensorEntry computed(
      String name, Shape shape, StoredType type, Supplier<NDArray> array) {
    return new TensorEntry(
        name,
        type,
        shape,
        sink -> {
          try (NDArray made = array.get()) {
            requireShape(name, made.getShape(), shape);
            requireConvertible(name, made.getDataType(), type);
            sink.write(made);
          }
        });
  }

  /**
   * A tensor of another file, copied byte for byte.
   *
   * @param tensor the tensor; its file must be open when this entry is written
   * @return the entry, of the same name, type and shape
   */
  public static TensorEntry of(StoredTensor tensor) {
    return of(tensor.name(), tensor);
  }

  /**
   * A tensor of another file under another name, copied byte for byte.
   *
   * @param name the new name
   * @param tensor the tensor; its file must be open when this entry is written
   * @return the entry, of the same type and shape
   */
  public static TensorEntry of(String name, StoredTensor tensor) {
    return new TensorEntry(name, tensor.type(), tensor.shape(), sink -> sink.write(tensor));
  }

  /**
   * The name in the file.
   *
   * @return the name
   */
  public String name() {
    return name;
  }

  /**
   * The type in the file.
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
   * The length in the file.
   *
   * @return bytes
   */
  public long byteSize() {
    return shape.size() * type.bytes();
  }

  void writeTo(AtomicFile file) {
    content.writeTo(new TensorSink(file, type));
  }

  private static StoredType ownType(String name, DataType type) {
    return StoredType.of(type)
        .orElseThrow(() -> error(name, "is " + type + ", which safetensors cannot store from DJL"));
  }

  private static void requireConvertible(String name, DataType from, StoredType to) {
    StoredType own = ownType(name, from);
    if (own != to && !(own.isFloatingPoint() && to.isFloatingPoint())) {
      throw error(name, "is " + own + " and cannot be stored as " + to + "; convert the array");
    }
  }

  private static void requireShape(String name, Shape found, Shape expected) {
    if (!found.equals(expected)) {
      throw error(name, "was made with shape " + found + ", expected " + expected);
    }
  }

  private static CheckpointException error(String name, String message) {
    return new CheckpointException("tensor '" + name + "' " + message);
  }
}
