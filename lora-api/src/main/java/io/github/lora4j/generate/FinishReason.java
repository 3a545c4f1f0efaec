// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.generate;

/** Why a sequence ended. */
public enum FinishReason {
  /**
   * It reached {@link GenerationConfig#maxNewTokens()}, or the longest sequence the model takes.
   */
  LENGTH,
  /** Its text reached one of {@link GenerationConfig#stopStrings()}. */
  STOP_STRING,
  /** The model chose an end-of-sequence token. */
  END_OF_SEQUENCE,
  /** The {@link TokenListener} asked for it, or whoever awaited it. */
  CANCELLED,
  /** The request's time was over; only in a server. */
  DEADLINE
}
