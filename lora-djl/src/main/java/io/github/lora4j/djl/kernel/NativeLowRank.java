// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import java.util.List;
import java.util.Optional;

/**
 * Products in which one side is only a rank wide, in C: BLAS packs and splits for sides that are
 * wide and takes about twice as long. They record no graph.
 */
public final class NativeLowRank {
  private NativeLowRank() {}

  /**
   * The products.
   *
   * @return the products, or empty where there are no native kernels
   */
  public static Optional<NativeLowRank> get() {
    return NativeKernels.get().map(kernels -> new NativeLowRank());
  }

  /**
   * Some rows and columns of a matrix in this process's memory. The array must stay open while this
   * is used.
   *
   * @param address of the first value
   * @param stride values between rows
   * @param rows how many rows
   * @param columns how many columns
   */
  public record Rows(long address, long stride, long rows, long columns) {
    /**
     * Some of these columns.
     *
     * @param from the first
     * @param to the one after the last
     * @return the same rows, fewer columns
     */
    public Rows columns(long from, long to) {
      return new Rows(address + from * Float.BYTES, stride, rows, to - from);
    }

    /**
     * Some of these rows.
     *
     * @param from the first
     * @param to the one after the last
     * @return fewer rows, the same columns
     */
    public Rows rows(long from, long to) {
      return new Rows(address + from * stride * Float.BYTES, stride, to - from, columns);
    }
  }

  /**
   * Whether an array is of the kind that this is for.
   *
   * @param array the array
   * @return true for a float32 matrix on the CPU whose rows' values lie one after the other
   */
  public boolean suits(NDArray array) {
    return !array.getDevice().isGpu()
        && array.getDataType() == DataType.FLOAT32
        && array.getShape().dimension() == 2
        && array.size() > 0
        && address(array, new long[1]) != 0;
  }

  /**
   * Where an array's rows lie.
   *
   * @param array an array that {@link #suits}
   * @return its rows
   * @throws IllegalArgumentException if it does not suit
   */
  public Rows rows(NDArray array) {
    long[] stride = new long[1];
    long address = address(array, stride);
    if (address == 0) {
      throw new IllegalArgumentException(
          "array " + array.getShape() + " has no rows of neighbouring values");
    }
    Shape shape = array.getShape();
    return new Rows(address, stride[0], shape.get(0), shape.get(1));
  }

  private static long address(NDArray array, long[] stride) {
    return NativeFunctions.lora4j_rows(((PtNDArray) array).getHandle(), stride);
  }

  /**
   * h = scale · x mᵀ.
   *
   * @param x shape (T, n)
   * @param m contiguous, shape (rank, n)
   * @param scale the factor
   * @param h shape (T, rank), written over
   */
  public void narrow(Rows x, Rows m, float scale, Rows h) {
    NativeFunctions.lora4j_narrow(
        x.address, x.stride, x.rows, x.columns, m.address, m.rows, scale, h.address, h.stride);
  }

  /**
   * y += h m.
   *
   * @param h shape (T, rank)
   * @param m contiguous, shape (rank, n)
   * @param y shape (T, n), added to
   */
  public void widen(Rows h, Rows m, Rows y) {
    NativeFunctions.lora4j_widen(
        h.address, h.stride, h.rows, m.rows, m.address, m.columns, y.address, y.stride);
  }

  /**
   * Adds updates, each of some rows and columns: y += scaling · (x Aᵀ) Bᵀ.
   *
   * @param x shape (T, in)
   * @param y shape (T, out), added to
   * @param terms the updates, whose rows or columns are apart
   */
  public void add(Rows x, Rows y, List<RankTerm> terms) {
    long[] numbers = new long[terms.size() * RankTerm.NUMBERS];
    for (int i = 0; i < terms.size(); i++) {
      terms.get(i).write(numbers, i * RankTerm.NUMBERS);
    }
    NativeFunctions.lora4j_rank_terms(
        x.address, x.stride, x.columns, y.address, y.stride, numbers, terms.size());
  }

  /**
   * hᵀ x, or xᵀ h.
   *
   * @param manager gets the result
   * @param h shape (T, rank)
   * @param x shape (T, n)
   * @param transposed whether xᵀ h is asked for
   * @return shape (rank, n), or (n, rank)
   */
  public NDArray outer(NDManager manager, Rows h, Rows x, boolean transposed) {
    Shape shape = transposed ? new Shape(x.columns, h.columns) : new Shape(h.columns, x.columns);
    NDArray g = manager.create(shape, DataType.FLOAT32);
    int failed =
        NativeFunctions.lora4j_outer(
            h.address,
            h.stride,
            x.address,
            x.stride,
            h.rows,
            h.columns,
            x.columns,
            transposed ? 1 : 0,
            rows(g).address);
    if (failed != 0) {
      throw new OutOfMemoryError("no native memory for the gradient of a factor " + shape);
    }
    return g;
  }

  /**
   * mᵀ.
   *
   * @param manager gets the result
   * @param m contiguous, shape (n, rank)
   * @return shape (rank, n)
   */
  public NDArray transpose(NDManager manager, Rows m) {
    NDArray result = manager.create(new Shape(m.columns, m.rows), DataType.FLOAT32);
    NativeFunctions.lora4j_transpose(m.address, m.rows, m.columns, rows(result).address);
    return result;
  }
}
