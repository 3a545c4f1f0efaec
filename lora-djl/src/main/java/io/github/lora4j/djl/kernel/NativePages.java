// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.kernel;

import io.github.lora4j.djl.kernel.NativeLowRank.Rows;
import java.util.Optional;

/** Attention over pages in C, on the CPU. Checks nothing; its caller knows shapes. */
public final class NativePages {
  private NativePages() {}

  /**
   * The kernel.
   *
   * @return the kernel, or empty where there are no native kernels
   */
  public static Optional<NativePages> get() {
    return NativeKernels.get().map(kernels -> new NativePages());
  }

  /**
   * One layer of a pool's pages, each [key, value][keyValueHeads][tokens][headDim].
   *
   * @param address where the layer begins in the first page
   * @param pageFloats values from a page to the next
   * @param keyValueHeads heads of keys and of values
   * @param tokens tokens of a page
   * @param headDim values of a head
   */
  public record Layer(long address, long pageFloats, int keyValueHeads, int tokens, int headDim) {}

  /**
   * The sequences of a step.
   *
   * @param numbers for each its first row, its rows, their first position, and where its pages
   *     begin in {@code pages}
   * @param pages the pages of all
   */
  public record Sequences(int[] numbers, int[] pages) {
    /** Numbers of a sequence. */
    public static final int NUMBERS = 4;
  }

  /**
   * How a layer attends.
   *
   * @param slopes address of what is added to a score per key position, (queryHeads), or 0
   * @param window how many keys a query sees, itself included
   * @param scale what products of queries and keys are multiplied by
   * @param cap what no score exceeds, or 0 for nothing
   */
  public record Scores(long slopes, int window, float scale, float cap) {}

  /**
   * Puts keys and values of rows into the pages of their sequences and attends to what is there.
   *
   * @param layer the pages
   * @param q queries, (T, queryHeads · headDim)
   * @param k keys, (T, keyValueHeads · headDim)
   * @param v values, likewise
   * @param y address of the result, (T, queryHeads · headDim), one row after the other
   * @param sequences whose rows they are
   * @param scores how the layer attends
   */
  public void attend(
      Layer layer, Rows q, Rows k, Rows v, long y, Sequences sequences, Scores scores) {
    NativeFunctions.lora4j_paged_attention(
        layer.address,
        layer.pageFloats,
        layer.keyValueHeads,
        layer.tokens,
        layer.headDim,
        q.address(),
        q.stride(),
        k.address(),
        k.stride(),
        v.address(),
        v.stride(),
        y,
        q.columns() / layer.headDim,
        sequences.numbers,
        sequences.numbers.length / Sequences.NUMBERS,
        sequences.pages,
        scores.slopes,
        scores.window,
        scores.scale,
        scores.cap);
  }
}
