// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.pretrain;

import java.io.PrintStream;
import java.util.Locale;

/** Prints the mean loss of the steps since the last line, and the speed since the start. */
final class StepLog {
  private final PrintStream out;
  private final long start = System.nanoTime();
  private double sum;
  private int count;

  StepLog(PrintStream out) {
    this.out = out;
  }

  void add(double loss) {
    sum += loss;
    count++;
  }

  void report(int step, long tokens) {
    double seconds = (System.nanoTime() - start) / 1e9;
    out.printf(
        Locale.ROOT,
        "step %,6d  loss %.4f  %,6.0f tokens/s  %,.0f s%n",
        step,
        sum / count,
        tokens / seconds,
        seconds);
    sum = 0;
    count = 0;
  }
}
