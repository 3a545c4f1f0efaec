// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.data;

/** On which side short rows are filled (transformers: {@code padding_side}). */
public enum PaddingSide {
  /** Before the first token, so that the last column holds each row's last token. */
  LEFT,
  /** After the last token. */
  RIGHT
}
