// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.paged;

/**
 * Pages that lie one after the other.
 *
 * @param from the first
 * @param to the page after the last
 */
record PageRun(int from, int to) {
  int length() {
    return to - from;
  }
}
