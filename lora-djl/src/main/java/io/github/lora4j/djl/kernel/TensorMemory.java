// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.kernel;

import ai.djl.ndarray.BaseNDManager;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.pytorch.engine.PtNDArray;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.Optional;

/** The memory in which libtorch keeps a tensor's values. */
final class TensorMemory {
  private TensorMemory() {}

  /**
   * The memory of some values of a tensor.
   *
   * @param array any array
   * @param from the first value, in row-major order
   * @param count how many, at least 1
   * @return their bytes, valid while the array is; empty unless it is a dense, contiguous float32
   *     tensor of the CPU
   */
  static Optional<ByteBuffer> of(NDArray array, long from, int count) {
    if (!(array instanceof PtNDArray tensor) || !isPlain(tensor)) {
      return Optional.empty();
    }
    if (NativeKernels.get().isPresent()) {
      return at(NativeFunctions.lora4j_data(tensor.getHandle()), from, count);
    }
    try (BaseNDManager scope = (BaseNDManager) tensor.getManager().newSubManager()) {
      NDArray detached = tensor.stopGradient();
      detached.attach(scope);
      return count == tensor.size() ? bytes(detached, scope) : part(detached, from, count, scope);
    }
  }

  private static boolean isPlain(PtNDArray tensor) {
    return !tensor.getDevice().isGpu()
        && tensor.getDataType() == DataType.FLOAT32
        && tensor.getSparseFormat() == SparseFormat.DENSE;
  }

  private static Optional<ByteBuffer> at(long address, long from, int count) {
    if (address == 0) {
      return Optional.empty();
    }
    Pointer first = new Pointer(address + from * Float.BYTES);
    return Optional.of(
        first.getByteBuffer(0, (long) count * Float.BYTES).order(ByteOrder.nativeOrder()));
  }

  /** Flattening copies where the values do not lie in order; then they begin elsewhere. */
  private static Optional<ByteBuffer> part(
      NDArray tensor, long from, int count, BaseNDManager scope) {
    NDArray flat = tensor.reshape(new Shape(tensor.size()));
    int dimensions = tensor.getShape().dimension();
    NDArray first =
        tensor.get(new NDIndex(String.join(",", Collections.nCopies(dimensions, "0:1"))));
    if (!address(first, scope).equals(address(flat.get(new NDIndex("0:1")), scope))) {
      return Optional.empty();
    }
    return bytes(flat.get(new NDIndex(from + ":" + (from + count))), scope);
  }

  private static Optional<Long> address(NDArray value, BaseNDManager scope) {
    return bytes(value, scope).map(Native::getDirectBufferPointer).map(Pointer::nativeValue);
  }

  /** DJL does not tell whether it made a contiguous copy, but leaves one with the manager. */
  private static Optional<ByteBuffer> bytes(NDArray tensor, BaseNDManager scope) {
    int before = scope.getManagedArrays().size();
    ByteBuffer bytes = tensor.toByteBuffer(true).order(ByteOrder.nativeOrder());
    return scope.getManagedArrays().size() == before ? Optional.of(bytes) : Optional.empty();
  }
}
