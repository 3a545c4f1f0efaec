// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.kernel;

/**
 * A low-rank update of some rows and columns of a product, its factors in this process's memory.
 *
 * @param a address of A, (rank, in)
 * @param bt address of Bᵀ, (rank, columns)
 * @param rank the rank
 * @param row the first row
 * @param rows how many rows
 * @param column the first column of the result
 * @param columns how many columns
 * @param scaling what the product is multiplied by
 */
public record RankTerm(
    long a, long bt, long rank, long row, long rows, long column, long columns, double scaling) {
  /** What C reads of a term, each 8 bytes long. */
  static final int NUMBERS = 8;

  /** Lays the numbers out as C's {@code rank_term} has them. */
  void write(long[] out, int at) {
    out[at] = a;
    out[at + 1] = bt;
    out[at + 2] = rank;
    out[at + 3] = row;
    out[at + 4] = rows;
    out[at + 5] = column;
    out[at + 6] = columns;
    out[at + 7] = Double.doubleToRawLongBits(scaling);
  }
}
