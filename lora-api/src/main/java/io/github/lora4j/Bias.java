// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

/** Which biases of the base model train along with the adapter (PEFT: {@code bias}). */
public enum Bias {
  /** None: with the adapter off, the model is the base model. */
  NONE,
  /** Every bias of the model, those of norms too. */
  ALL,
  /** The biases of the adapted modules. */
  LORA_ONLY
}
