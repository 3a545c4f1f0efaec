// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import io.github.lora4j.djl.kernel.NativeMatrix;

/** A linear block whose weight native code reads where it lies. */
interface NativeWeight extends Biased {
  /**
   * Whether native code knows the weight's form.
   *
   * @return false if {@link #nativeMatrix} must not be called
   */
  default boolean hasNativeMatrix() {
    return true;
  }

  /**
   * The weight as it is now.
   *
   * @param memory keeps what the matrix points to
   * @return the matrix, (out, in)
   */
  NativeMatrix nativeMatrix(NativeMemory memory);
}
