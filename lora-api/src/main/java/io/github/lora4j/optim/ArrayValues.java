// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.optim;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.spi.OptimizerKernels;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * The values of an array as float32 in memory: the array's own where a kernel can reach them, else
 * a copy on the CPU, of whatever device, type and layout the array is.
 */
final class ArrayValues {
  /** Values of float32 whose bytes Java can count. */
  static final int LARGEST_PART = 1 << 28;

  private final OptimizerKernels kernels;
  private final NDArray array;
  private final Optional<NDArray> copy;

  /** Where not even the copy can be reached: a copy of the copy, and at most 2 GiB. */
  private final Optional<ByteBuffer> detached;

  private ArrayValues(
      OptimizerKernels kernels,
      NDArray array,
      Optional<NDArray> copy,
      Optional<ByteBuffer> detached) {
    this.kernels = kernels;
    this.array = array;
    this.copy = copy;
    this.detached = detached;
  }

  /** A copy, if one is needed, is of the scope. */
  static ArrayValues of(OptimizerKernels kernels, NDArray array, NDManager scope) {
    if (isReached(kernels, array)) {
      return new ArrayValues(kernels, array, Optional.empty(), Optional.empty());
    }
    NDArray flat = flatCopy(array, scope);
    Optional<ByteBuffer> detached =
        isReached(kernels, flat)
            ? Optional.empty()
            : Optional.of(flat.toByteBuffer().order(ByteOrder.nativeOrder()));
    return new ArrayValues(kernels, array, Optional.of(flat), detached);
  }

  private static boolean isReached(OptimizerKernels kernels, NDArray array) {
    int count = (int) Math.min(array.size(), LARGEST_PART);
    return kernels.memory(array, 0, count).isPresent();
  }

  private static NDArray flatCopy(NDArray array, NDManager scope) {
    NDArray value = array.stopGradient();
    value.attach(scope);
    NDArray near = value.toDevice(Device.cpu(), true);
    near.attach(scope);
    NDArray floats = near.toType(DataType.FLOAT32, false);
    floats.attach(scope);
    NDArray flat = floats.reshape(new Shape(array.size()));
    flat.attach(scope);
    return flat;
  }

  /** The bytes of some values, in row-major order. */
  ByteBuffer part(long from, int count) {
    return detached
        .map(bytes -> Memory.slice(bytes, from * Float.BYTES, (long) count * Float.BYTES))
        .orElseGet(() -> kernels.memory(copy.orElse(array), from, count).orElseThrow());
  }

  /** Makes the array what its values have become, if they are a copy. */
  void writeBack(NDManager scope) {
    copy.ifPresent(
        flat -> {
          NDArray changed =
              detached
                  .map(bytes -> scope.create(bytes.asFloatBuffer(), flat.getShape()))
                  .orElse(flat);
          NDArray shaped = changed.reshape(array.getShape());
          shaped.attach(scope);
          NDArray typed = shaped.toType(array.getDataType(), false);
          typed.attach(scope);
          NDArray there = typed.toDevice(array.getDevice(), false);
          there.attach(scope);
          array.set(new NDIndex("..."), there);
        });
  }
}
