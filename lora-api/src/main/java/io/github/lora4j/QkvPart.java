// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

/** A part of attention's input projection, where one module holds all three. */
public enum QkvPart {
  /** Queries. */
  QUERY,
  /** Keys. */
  KEY,
  /** Values. */
  VALUE
}
