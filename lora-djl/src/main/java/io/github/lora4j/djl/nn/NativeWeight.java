package io.github.lora4j.djl.nn;

import io.github.lora4j.djl.kernel.NativeMatrix;

/** A linear block whose weight native code reads where it lies. */
interface NativeWeight extends Biased {
  /**
   * The weight as it is now.
   *
   * @param memory keeps what the matrix points to
   * @return the matrix, (out, in)
   */
  NativeMatrix nativeMatrix(NativeMemory memory);
}
