// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text.jinja;

/**
 * What one rendering may spend, so that a hostile template can neither hang nor fill the memory. A
 * step, a list element and a character cost one unit each.
 */
final class Budget {
  // A conversation of a million characters through a large template takes a tenth of it.
  static final long LIMIT = 50_000_000;

  private long left = LIMIT;

  /** Spends units; to be called before the work is done. */
  void charge(long units) {
    left -= Math.max(1, units);
    if (left < 0) {
      throw new TemplateFault(
          "the template computes too much: over %,d steps and characters".formatted(LIMIT));
    }
  }

  /** Spends the product of two sizes that may be too large to multiply. */
  void charge(long count, long size) {
    charge(Math.multiplyHigh(count, size) != 0 ? LIMIT + 1 : Math.min(count * size, LIMIT + 1));
  }
}
