// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

/** The functions in the middle of a bottleneck (adapters: {@code non_linearity}). */
public enum BottleneckActivation {
  /** max(x, 0). */
  RELU,
  /** x · sigmoid(x). */
  SWISH,
  /** x · Φ(x), exact. */
  GELU,
  /** The hyperbolic tangent. */
  TANH
}
