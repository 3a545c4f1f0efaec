// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.kernel;

import io.github.lora4j.djl.kernel.NativeKernels.FourBitAddresses;

/** A weight, shape (rows, columns), that native products read where it lies. */
public sealed interface NativeMatrix {
  /**
   * Outputs of a product.
   *
   * @return the number of rows
   */
  int rows();

  /**
   * Inputs of a product.
   *
   * @return the number of columns
   */
  int columns();

  /**
   * A float32 matrix, row after row.
   *
   * @param address of its first value
   * @param rows outputs
   * @param columns inputs
   */
  record Float32(long address, int rows, int columns) implements NativeMatrix {}

  /**
   * A 4-bit matrix, blocks over its values row after row.
   *
   * @param codes where its parts lie
   * @param rows outputs
   * @param columns inputs
   */
  record FourBit(FourBitAddresses codes, int rows, int columns) implements NativeMatrix {}
}
