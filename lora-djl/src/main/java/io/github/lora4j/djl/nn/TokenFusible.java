// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

/** A block that says what it does with single tokens. */
interface TokenFusible {
  /**
   * Has the block's work taken down.
   *
   * @param writer takes it down
   * @param x the input vector
   * @return the output vector
   */
  <V> V write(TokenWriter<V> writer, V x);
}
