// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import io.github.lora4j.LoraAdapter;
import io.github.lora4j.djl.kernel.NativeMatrix;
import io.github.lora4j.djl.kernel.NativeMatrix.FourBit;
import io.github.lora4j.djl.kernel.TokenProgram;
import io.github.lora4j.djl.kernel.TokenProgram.LowRank;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The linear maps of one input, adapted or not, as steps of a native program: first what prepares
 * the input, x Aᵀ of each adapter and x in the order that 4-bit weights want, then the products.
 */
final class NativeLinears {
  private final TokenProgram program;
  private final NativeMemory memory;
  private final NativeBuffers buffers;
  private final NativeVector x;
  private final Map<Integer, NativeVector> ordered = new HashMap<>();
  private final List<Product> products;

  /**
   * Writes what prepares the input.
   *
   * @param program where to
   * @param memory keeps weights
   * @param buffers give vectors
   * @param slots the maps' places
   * @param x their input
   */
  NativeLinears(
      TokenProgram program,
      NativeMemory memory,
      NativeBuffers buffers,
      List<ModuleSlot> slots,
      NativeVector x) {
    this.program = program;
    this.memory = memory;
    this.buffers = buffers;
    this.x = x;
    products = slots.stream().map(this::prepared).toList();
    if (products.stream().anyMatch(Product::waits)) {
      program.barrier();
    }
  }

  /** Writes the products; gives their results. */
  List<NativeVector> write() {
    List<NativeVector> results =
        products.stream()
            .map(product -> write(product, buffers.vector(product.matrix.rows()), false))
            .toList();
    program.barrier();
    return results;
  }

  /** Writes the one product, added to a vector, which becomes the result. */
  NativeVector addTo(NativeVector y) {
    write(products.get(0), y, true);
    program.barrier();
    return y;
  }

  /**
   * A product to be written.
   *
   * @param matrix the weight
   * @param x the address of the input as the weight wants it
   * @param bias its address, or 0
   * @param update the low-rank update
   */
  private record Product(NativeMatrix matrix, long x, long bias, LowRank update) {
    /** Whether steps come before it that must be done. */
    boolean waits() {
      return matrix instanceof FourBit || !update.equals(LowRank.NONE);
    }
  }

  private Product prepared(ModuleSlot slot) {
    NativeWeight base = TokenLinear.nativeWeight(slot).orElseThrow();
    NativeMatrix matrix = base.nativeMatrix(memory);
    long input = x.packed(matrix.columns());
    if (matrix instanceof FourBit quantised) {
      input = ordered.computeIfAbsent(quantised.codes().blockSize(), this::order).address();
    }
    Optional<LoraAdapter> adapter = TokenLinear.activeAdapter(slot);
    return new Product(
        matrix,
        input,
        base.bias().inUse().map(b -> memory.keep(b.getArray(), matrix.rows())).orElse(0L),
        adapter.map(a -> update(a, matrix.rows())).orElse(LowRank.NONE));
  }

  private NativeVector order(int blockSize) {
    NativeVector y = buffers.vector(x.size());
    program.order(blockSize, x.address(), x.size(), y.address());
    return y;
  }

  private LowRank update(LoraAdapter adapter, int rows) {
    int rank = adapter.rank();
    long a = memory.keep(adapter.a().getArray(), rank, x.size());
    NativeVector hidden = buffers.vector(rank);
    NativeMatrix factor = new NativeMatrix.Float32(a, rank, x.size());
    program.product(factor, x.address(), hidden.address(), 0, false, LowRank.NONE);
    return new LowRank(hidden.address(), memory.keep(scaledTranspose(adapter, rows)), rank);
  }

  /** scaling · Bᵀ: a row of it goes to all outputs at once, as vector instructions like it. */
  private static float[] scaledTranspose(LoraAdapter adapter, int rows) {
    float[] b = adapter.b().getArray().toFloatArray();
    int rank = adapter.rank();
    float[] transposed = new float[b.length];
    for (int r = 0; r < rank; r++) {
      for (int i = 0; i < rows; i++) {
        transposed[r * rows + i] = (float) adapter.scaling() * b[i * rank + r];
      }
    }
    return transposed;
  }

  private NativeVector write(Product product, NativeVector y, boolean add) {
    long out = y.packed(product.matrix.rows());
    program.product(product.matrix, product.x, out, product.bias, add, product.update);
    return y;
  }
}
