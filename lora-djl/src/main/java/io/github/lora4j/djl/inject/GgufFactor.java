// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.djl.format.StoredTensor;
import io.github.lora4j.djl.format.StoredType;
import io.github.lora4j.djl.format.TensorEntry;
import java.util.function.UnaryOperator;

/**
 * A factor of an adapter on its way into a GGUF file; its numbers are read when it is written.
 *
 * @param name its name there
 * @param shape its shape there
 * @param stored the factor as PEFT has it
 * @param change makes the one's numbers of the other's, in row-major order
 */
record GgufFactor(String name, Shape shape, StoredTensor stored, UnaryOperator<float[]> change) {
  static GgufFactor as(String name, StoredTensor stored) {
    return new GgufFactor(name, stored.shape(), stored, UnaryOperator.identity());
  }

  GgufFactor transposed() {
    int rows = rows();
    int columns = columns();
    return then(
        new Shape(columns, rows),
        numbers -> {
          float[] turned = new float[numbers.length];
          for (int i = 0; i < numbers.length; i++) {
            turned[i % columns * rows + i / columns] = numbers[i];
          }
          return turned;
        });
  }

  /** With the given row at each place. */
  GgufFactor withRows(int[] order) {
    int columns = columns();
    return then(
        shape,
        numbers -> {
          float[] ordered = new float[numbers.length];
          for (int row = 0; row < order.length; row++) {
            System.arraycopy(numbers, order[row] * columns, ordered, row * columns, columns);
          }
          return ordered;
        });
  }

  GgufFactor times(float factor) {
    return then(
        shape,
        numbers -> {
          for (int i = 0; i < numbers.length; i++) {
            numbers[i] *= factor;
          }
          return numbers;
        });
  }

  private GgufFactor then(Shape changed, UnaryOperator<float[]> next) {
    return new GgufFactor(name, changed, stored, numbers -> next.apply(change.apply(numbers)));
  }

  private int rows() {
    return Math.toIntExact(shape.get(0));
  }

  private int columns() {
    return Math.toIntExact(shape.get(1));
  }

  TensorEntry entry(NDManager manager) {
    return TensorEntry.computed(name, shape, StoredType.F32, () -> read(manager));
  }

  private NDArray read(NDManager manager) {
    return manager.create(change.apply(stored.toFloatArray()), shape);
  }
}
