// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.plan;

/**
 * A moment of a training step.
 *
 * @param activations bytes kept for the backward pass
 * @param dequantized bytes of weights that are written out
 * @param working bytes of what is gone a moment later
 */
record Phase(long activations, long dequantized, long working) {
  long total() {
    return activations + dequantized + working;
  }
}
