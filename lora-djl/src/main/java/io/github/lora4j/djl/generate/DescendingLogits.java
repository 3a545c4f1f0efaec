// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.generate;

import java.util.Arrays;

/**
 * The possible tokens of one step, largest logit first and lowest id first among equals, sorted
 * only as far as asked: a vocabulary of 250,880 costs one pass and the sort of a few.
 */
final class DescendingLogits {
  /** Each holds a logit and its id, so that ascending keys are the order wanted. */
  private long[] keys = new long[0];

  private int size;
  private int sorted;

  /**
   * Takes the logits of the next step; those at negative infinity are left out.
   *
   * @param logits (vocabulary)
   */
  void reset(float[] logits) {
    if (keys.length < logits.length) {
      keys = new long[logits.length];
    }
    size = 0;
    sorted = 0;
    for (int id = 0; id < logits.length; id++) {
      if (logits[id] != Float.NEGATIVE_INFINITY) {
        keys[size++] = key(logits[id], id);
      }
    }
  }

  /**
   * The number of possible tokens.
   *
   * @return the count
   */
  int size() {
    return size;
  }

  /**
   * Brings the first tokens into their order.
   *
   * @param count how many, at most {@link #size()}
   */
  void sortFirst(int count) {
    if (count > sorted) {
      moveSmallestToFront(sorted, size, count);
      Arrays.sort(keys, sorted, count);
      sorted = count;
    }
  }

  /**
   * The token at a rank.
   *
   * @param rank 0 for the largest logit, below the count given to {@link #sortFirst}
   * @return its id
   */
  int id(int rank) {
    return (int) keys[rank];
  }

  /**
   * The logit at a rank.
   *
   * @param rank 0 for the largest logit, below the count given to {@link #sortFirst}
   * @return the logit
   */
  float logit(int rank) {
    return Float.intBitsToFloat(flipIfNegative(~(int) (keys[rank] >> 32)));
  }

  private static long key(float logit, int id) {
    return ((long) ~flipIfNegative(Float.floatToRawIntBits(logit)) << 32) | id;
  }

  /** Makes the bits of floats compare as integers do, and back. */
  private static int flipIfNegative(int bits) {
    return bits ^ ((bits >> 31) & Integer.MAX_VALUE);
  }

  /** Quickselect: afterwards keys[from, count) are the smallest of keys[from, to). */
  private void moveSmallestToFront(int from, int to, int count) {
    int low = from;
    int high = to;
    while (high - low > 1) {
      int upper = partition(low, high);
      if (upper <= count) {
        low = upper;
      }
      if (upper >= count) {
        high = upper;
      }
    }
  }

  /** Hoare's partition: every key of [low, result) is less than every key of [result, high). */
  private int partition(int low, int high) {
    long pivot = median(keys[low], keys[(low + high - 1) >>> 1], keys[high - 1]);
    int i = low - 1;
    int j = high;
    while (true) {
      do {
        i++;
      } while (keys[i] < pivot);
      do {
        j--;
      } while (keys[j] > pivot);
      if (i >= j) {
        return j + 1;
      }
      long key = keys[i];
      keys[i] = keys[j];
      keys[j] = key;
    }
  }

  private static long median(long a, long b, long c) {
    return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
  }
}
