// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.djl.kernel.NativeKernels;

/**
 * The arrays that a native program points to. Each is held by a handle of its own, so that the
 * memory outlives whoever closes the array.
 */
final class NativeMemory implements AutoCloseable {
  private final NativeKernels kernels;
  private final NDManager manager;

  /**
   * Begins with nothing.
   *
   * @param kernels know addresses
   * @param manager owns the handles; closed with this
   */
  NativeMemory(NativeKernels kernels, NDManager manager) {
    this.kernels = kernels;
    this.manager = manager;
  }

  /**
   * Keeps an array.
   *
   * @param array the array, on the CPU
   * @param type what it must hold
   * @param shape what its shape must be
   * @return the address of its first value
   * @throws IllegalStateException if it is of another type or shape
   */
  long keep(NDArray array, DataType type, Shape shape) {
    return kernels.address(handle(manager, array, type, shape));
  }

  /** Keeps a float32 array. */
  long keep(NDArray array, long... shape) {
    return keep(array, DataType.FLOAT32, new Shape(shape));
  }

  /** Keeps float32 values. */
  long keep(float[] values) {
    return kernels.address(manager.create(values));
  }

  /** Zeros to write into. */
  long zeros(long size) {
    return kernels.address(manager.zeros(new Shape(size), DataType.FLOAT32));
  }

  /** A second set of arrays, closed with this one if not before. */
  NativeMemory newSubMemory() {
    return new NativeMemory(kernels, manager.newSubManager());
  }

  private static NDArray handle(NDManager owner, NDArray array, DataType type, Shape shape) {
    if (!array.getShape().equals(shape) || array.getDataType() != type) {
      throw new IllegalStateException(
          "a native program expected %s %s, found %s %s"
              .formatted(type, shape, array.getDataType(), array.getShape()));
    }
    NDArray handle = array.reshape(-1); // a view, but a copy of what is transposed
    handle.attach(owner);
    return handle;
  }

  @Override
  public void close() {
    manager.close();
  }
}
