// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

/** A block that may have a bias which an adapter trains (PEFT: {@code bias="all"}). */
public interface Biased {
  /**
   * The bias.
   *
   * @return the place of the bias, empty if the block has none
   */
  BiasSlot bias();
}
