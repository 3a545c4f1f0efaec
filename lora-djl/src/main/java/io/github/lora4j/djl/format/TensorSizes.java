// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import java.util.List;
import java.util.OptionalLong;

/** Sizes of tensors from shapes that may be wrong. */
final class TensorSizes {
  private TensorSizes() {}

  /** The bytes of a tensor of non-negative sizes, or empty if a long cannot hold them. */
  static OptionalLong bytes(List<Long> sizes, StoredType type) {
    if (sizes.contains(0L)) {
      return OptionalLong.of(0);
    }
    try {
      long bytes = type.bytes();
      for (long size : sizes) {
        bytes = Math.multiplyExact(bytes, size);
      }
      return OptionalLong.of(bytes);
    } catch (ArithmeticException e) {
      return OptionalLong.empty();
    }
  }
}
