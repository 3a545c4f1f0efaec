// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import java.util.stream.IntStream;

/** Splits work on many elements over the processors. */
final class ParallelRanges {
  /** Elements of one range: large enough to hide the hand-over, small enough to stay in cache. */
  static final int RANGE = 1 << 16;

  private ParallelRanges() {}

  /** Work on {@code count} elements from {@code first}. */
  @FunctionalInterface
  interface Task {
    void run(int first, int count);
  }

  /** Runs the task for ranges that cover {@code count} elements; returns when all are done. */
  static void run(int count, Task task) {
    int ranges = (count + RANGE - 1) / RANGE;
    IntStream.range(0, ranges)
        .parallel()
        .forEach(i -> task.run(i * RANGE, Math.min(RANGE, count - i * RANGE)));
  }
}
