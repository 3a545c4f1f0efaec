// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import io.github.lora4j.djl.tape.Tape;

/** What positions do to queries and keys before attention. */
@FunctionalInterface
public interface Rotation {
  /** Positions that do not rotate (ALiBi, learned). */
  Rotation NONE = (qkv, layout, tape) -> qkv;

  /**
   * Rotates queries and keys.
   *
   * @param qkv queries, keys and values in one array, shape (T, width); written over
   * @param layout how they lie in it
   * @param tape where the step is noted
   * @return the same with queries and keys rotated
   */
  NDArray apply(NDArray qkv, QkvLayout layout, Tape tape);
}
