// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

/**
 * The networks that can make virtual tokens (PEFT: {@code PromptEncoderReparameterizationType}).
 */
public enum PromptEncoderType {
  /** Three linear maps with a ReLU between them. */
  MLP,
  /** A bidirectional LSTM, and two linear maps with a ReLU between them. */
  LSTM
}
