// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The memory of an array, window after window: a buffer ends at 2 GiB, an array does not, and an
 * array on a GPU is staged through the CPU.
 */
final class ArrayWindows {
  /** Elements of a window on the CPU: at most 256 MiB, seen in place. */
  private static final long CPU_WINDOW = 1L << 25;

  /** Elements of a window on a GPU: at most 32 MiB, copied. */
  private static final long GPU_WINDOW = 1L << 22;

  private ArrayWindows() {}

  /** Sees the little-endian bytes of some elements. */
  @FunctionalInterface
  interface Visitor {
    void visit(long firstElement, ByteBuffer bytes);
  }

  /**
   * Makes an array that owns its memory and lets the visitor write each window once.
   *
   * @return the array, on the manager
   */
  static NDArray create(NDManager manager, Shape shape, DataType type, Visitor writer) {
    NDArray array = manager.create(shape, type);
    try {
      forEachWindow(array, (first, window) -> write(first, window, writer));
      return array;
    } catch (RuntimeException | Error e) {
      array.close();
      throw e;
    }
  }

  /** Shows the visitor each window of the array's elements in row-major order. */
  static void forEach(NDArray array, Visitor reader) {
    forEachWindow(array, (first, window) -> read(first, window, reader));
  }

  private static void read(long first, NDArray window, Visitor reader) {
    if (!window.getDevice().isGpu()) {
      reader.visit(first, bytesOf(window));
      return;
    }
    try (NDArray staged = window.toDevice(Device.cpu(), true)) {
      reader.visit(first, bytesOf(staged));
    }
  }

  private static void write(long first, NDArray window, Visitor writer) {
    if (!window.getDevice().isGpu()) {
      writer.visit(first, bytesOf(window));
      return;
    }
    try (NDArray staged = window.toDevice(Device.cpu(), true)) {
      writer.visit(first, bytesOf(staged));
      try (NDArray moved = staged.toDevice(window.getDevice(), true)) {
        window.set(new NDIndex(":"), moved);
      }
    }
  }

  private static void forEachWindow(NDArray array, WindowVisitor visitor) {
    long step = array.getDevice().isGpu() ? GPU_WINDOW : CPU_WINDOW;
    try (NDArray flat = array.reshape(-1)) {
      for (long first = 0, size = flat.size(); first < size; first += step) {
        NDIndex index = new NDIndex().addSliceDim(first, Math.min(size, first + step));
        try (NDArray window = flat.get(index)) {
          visitor.visit(first, window);
        }
      }
    }
  }

  private static ByteBuffer bytesOf(NDArray contiguous) {
    return contiguous.toByteBuffer(true).order(ByteOrder.LITTLE_ENDIAN);
  }

  @FunctionalInterface
  private interface WindowVisitor {
    void visit(long firstElement, NDArray window);
  }
}
