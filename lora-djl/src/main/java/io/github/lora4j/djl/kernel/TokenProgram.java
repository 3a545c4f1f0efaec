// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.kernel;

import io.github.lora4j.djl.kernel.NativeKernels.FourBitAddresses;

/**
 * The steps that take one token of each of a few sequences through a decoder, written down once and
 * run for every token: one call, one team of threads, no allocation.
 *
 * <p>Steps are given addresses of float32 values, a row of values for each sequence. They run in
 * their order only where a {@link #barrier} stands between them; what lies between two barriers
 * runs at the same time. Nothing is checked but that the program is open; the caller knows shapes
 * and keeps the memory.
 */
public final class TokenProgram implements AutoCloseable {
  private long handle;

  TokenProgram(int layers) {
    handle = ProgramFunctions.lora4j_program_new(layers);
    if (handle == 0) {
      throw new OutOfMemoryError("no native memory for a program of " + layers + " layers");
    }
  }

  private long handle() {
    if (handle == 0) {
      throw new IllegalStateException("the token program is closed");
    }
    return handle;
  }

  private static void check(int failed) {
    if (failed != 0) {
      throw new OutOfMemoryError("no native memory for another step of a token program");
    }
  }

  /** Whatever is added from now on waits for everything before. */
  public synchronized void barrier() {
    ProgramFunctions.lora4j_program_barrier(handle());
  }

  /**
   * Adds y = scale · the row of each token.
   *
   * @param table (vocabulary, width)
   * @param width values of a row
   * @param scale what each value is multiplied by
   * @param y (sequences, width)
   */
  public synchronized void embed(long table, int width, float scale, long y) {
    check(ProgramFunctions.lora4j_program_embed(handle(), table, width, scale, y));
  }

  /**
   * Adds y += the row of each token's position.
   *
   * @param table (positions, width)
   * @param width values of a row
   * @param y (sequences, width)
   */
  public synchronized void addPosition(long table, int width, long y) {
    check(ProgramFunctions.lora4j_program_add_position(handle(), table, width, y));
  }

  /**
   * Adds y = x / sqrt(mean(x²) + epsilon) · w.
   *
   * @param x (sequences, vectors, width)
   * @param w (width)
   * @param width values of a vector
   * @param vectors of a sequence, each normed alone
   * @param epsilon added to the mean
   * @param y (sequences, vectors, width); may be x
   */
  public synchronized void rmsNorm(long x, long w, int width, int vectors, float epsilon, long y) {
    check(ProgramFunctions.lora4j_program_norm(handle(), x, w, 0, width, vectors, epsilon, y));
  }

  /**
   * Adds y = (x − mean) / sqrt(var + epsilon) · w + bias.
   *
   * @param x (sequences, width)
   * @param w (width)
   * @param bias (width)
   * @param width values of a row
   * @param epsilon added to the variance
   * @param y (sequences, width); may be x
   */
  public synchronized void layerNorm(long x, long w, long bias, int width, float epsilon, long y) {
    check(ProgramFunctions.lora4j_program_norm(handle(), x, w, bias, width, 1, epsilon, y));
  }

  /**
   * What a product adds beside the weight's: hidden · bt, with hidden = x Aᵀ by an earlier step.
   *
   * @param hidden (sequences, rank), or 0 for none
   * @param bt scaling · Bᵀ, (rank, rows)
   * @param rank the rank
   */
  public record LowRank(long hidden, long bt, int rank) {
    /** No update. */
    public static final LowRank NONE = new LowRank(0, 0, 0);
  }

  /**
   * Adds y = x wᵀ + bias + update.
   *
   * @param w the weight; a 4-bit one takes x as {@link #order} left it
   * @param x (sequences, columns)
   * @param y (sequences, rows)
   * @param bias (rows), or 0
   * @param add whether y is added to
   * @param update the low-rank update
   */
  public synchronized void product(
      NativeMatrix w, long x, long y, long bias, boolean add, LowRank update) {
    check(
        w instanceof NativeMatrix.FourBit quantised
            ? product(quantised, x, y, bias, add, update)
            : product((NativeMatrix.Float32) w, x, y, bias, add, update));
  }

  private int product(
      NativeMatrix.Float32 w, long x, long y, long bias, boolean add, LowRank update) {
    return ProgramFunctions.lora4j_program_product_f32(
        handle(),
        w.address(),
        w.rows(),
        w.columns(),
        x,
        y,
        bias,
        add ? 1 : 0,
        update.hidden,
        update.bt,
        update.rank);
  }

  private int product(
      NativeMatrix.FourBit w, long x, long y, long bias, boolean add, LowRank update) {
    FourBitAddresses codes = w.codes();
    return ProgramFunctions.lora4j_program_product_4bit(
        handle(),
        codes.packed(),
        codes.fp4() ? 1 : 0,
        codes.blockSize(),
        codes.absmax(),
        codes.nestedCode(),
        codes.nestedAbsmax(),
        codes.offset(),
        w.rows(),
        w.columns(),
        x,
        y,
        bias,
        add ? 1 : 0,
        update.hidden,
        update.bt,
        update.rank);
  }

  /**
   * Adds y = x in the order in which products with 4-bit weights read it.
   *
   * @param blockSize of those weights
   * @param x (sequences, width)
   * @param width values of a row, the columns of those weights
   * @param y (sequences, width)
   */
  public synchronized void order(int blockSize, long x, int width, long y) {
    check(ProgramFunctions.lora4j_program_order(handle(), blockSize, x, width, y));
  }

  /**
   * Adds the cosines and sines of position · frequency, times a factor.
   *
   * @param frequencies (half)
   * @param half pairs of a head
   * @param factor what each is multiplied by
   * @param angles (sequences, 2, half): cosines, then sines
   */
  public synchronized void angles(long frequencies, int half, float factor, long angles) {
    check(ProgramFunctions.lora4j_program_angles(handle(), frequencies, half, factor, angles));
  }

  /**
   * Heads within rows.
   *
   * @param address of the first head's first value
   * @param row values from a sequence's head to the next sequence's
   * @param head values from a head to the next
   */
  public record Heads(long address, int row, int head) {}

  /**
   * How one layer attends.
   *
   * @param angles as {@link #angles} leaves them, or 0: nothing rotates
   * @param half pairs of a head that rotate
   * @param slopes what is added to a score per key position, (queryHeads), or 0 for nothing
   * @param window how many keys a query sees, itself included
   * @param scale what products of queries and keys are multiplied by
   * @param cap what no score exceeds, or 0 for nothing
   */
  public record Attention(long angles, int half, long slopes, int window, float scale, float cap) {}

  /**
   * Adds the attention of one layer: rotates queries and keys, puts keys and values into the cache
   * at the token's position, and attends to the keys up to it.
   *
   * @param layer which cache
   * @param q queries; rotated in place
   * @param k keys
   * @param v values
   * @param queryHeads number of query heads
   * @param how how the layer attends
   * @param y (sequences, queryHeads, headDim)
   */
  public synchronized void attention(
      int layer, Heads q, Heads k, Heads v, int queryHeads, Attention how, long y) {
    check(
        ProgramFunctions.lora4j_program_attention(
            handle(),
            layer,
            q.address,
            q.row,
            q.head,
            k.address,
            k.row,
            k.head,
            v.address,
            v.row,
            v.head,
            queryHeads,
            how.angles,
            how.half,
            how.slopes,
            how.window,
            how.scale,
            how.cap,
            y));
  }

  /**
   * Adds y = silu(gate) · up.
   *
   * @param gate (sequences, width)
   * @param up (sequences, width)
   * @param width values of a row
   * @param row values from a sequence's gate and up to the next one's
   * @param y (sequences, width), one after the other; may be either if row is width
   */
  public synchronized void siluGate(long gate, long up, int width, int row, long y) {
    check(ProgramFunctions.lora4j_program_silu_gate(handle(), gate, up, width, row, y));
  }

  /**
   * Adds y = gelu(gate) · up by the tanh approximation.
   *
   * @param gate (sequences, width)
   * @param up (sequences, width)
   * @param width values of a row
   * @param row values from a sequence's gate and up to the next one's
   * @param y (sequences, width), one after the other; may be either if row is width
   */
  public synchronized void geluTanhGate(long gate, long up, int width, int row, long y) {
    check(ProgramFunctions.lora4j_program_gelu_tanh_gate(handle(), gate, up, width, row, y));
  }

  /**
   * Adds y = a + b.
   *
   * @param a (sequences, width)
   * @param b (sequences, width)
   * @param width values of a row
   * @param y (sequences, width); may be either
   */
  public synchronized void add(long a, long b, int width, long y) {
    check(ProgramFunctions.lora4j_program_add(handle(), a, b, width, y));
  }

  /**
   * Adds y = cap · tanh(x / cap).
   *
   * @param x (sequences, width)
   * @param width values of a row
   * @param cap what no value exceeds
   * @param y (sequences, width); may be x
   */
  public synchronized void softCap(long x, int width, float cap, long y) {
    check(ProgramFunctions.lora4j_program_soft_cap(handle(), x, width, cap, y));
  }

  /**
   * Adds y = gelu(x) by its tanh approximation.
   *
   * @param x (sequences, width)
   * @param width values of a row
   * @param y (sequences, width); may be x
   */
  public synchronized void geluTanh(long x, int width, long y) {
    check(ProgramFunctions.lora4j_program_gelu_tanh(handle(), x, width, y));
  }

  /**
   * Says where a layer's keys and values lie, from the next run on.
   *
   * @param layer the layer
   * @param keys (sequences, keyValueHeads, capacity, headDim)
   * @param values likewise
   * @param keyValueHeads heads of keys and values
   * @param capacity positions
   * @param headDim values of a head
   */
  public synchronized void cache(
      int layer, long keys, long values, int keyValueHeads, int capacity, int headDim) {
    ProgramFunctions.lora4j_program_cache(
        handle(), layer, keys, values, keyValueHeads, capacity, headDim);
  }

  /**
   * Runs the steps and returns when all are done.
   *
   * @param tokenIds a token of each sequence
   * @param positions the position of each, which is its place in the cache
   */
  public synchronized void run(int[] tokenIds, int[] positions) {
    ProgramFunctions.lora4j_program_run(handle(), tokenIds, positions, tokenIds.length);
  }

  @Override
  public synchronized void close() {
    if (handle != 0) {
      ProgramFunctions.lora4j_program_free(handle);
      handle = 0;
    }
  }
}
