// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** The types of tensors in GGUF files that are read, by their names in llama.cpp. */
public enum GgufType {
  /** 32-bit float. */
  F32(0, StoredType.F32),
  /** 16-bit float. */
  F16(1, StoredType.F16),
  /** Blocks of 32: a scale, 4-bit codes around 8. */
  Q4_0(2, 32, 18),
  /** Blocks of 32: a scale, 8-bit integers. */
  Q8_0(8, 32, 34),
  /** Blocks of 256: 4-bit codes in eight groups, each with a 6-bit scale and minimum. */
  Q4_K(12, 256, 144),
  /** Blocks of 256: 6-bit codes in sixteen groups, each with an 8-bit scale. */
  Q6_K(14, 256, 210),
  /** bfloat16. */
  BF16(30, StoredType.BF16);

  private final int code;
  private final int blockSize;
  private final int blockBytes;
  private final Optional<StoredType> plain;

  GgufType(int code, int blockSize, int blockBytes) {
    this.code = code;
    this.blockSize = blockSize;
    this.blockBytes = blockBytes;
    this.plain = Optional.empty();
  }

  GgufType(int code, StoredType plain) {
    this.code = code;
    this.blockSize = 1;
    this.blockBytes = plain.bytes();
    this.plain = Optional.of(plain);
  }

  static Optional<GgufType> of(long code) {
    return Arrays.stream(values()).filter(type -> type.code == code).findFirst();
  }

  static String supported() {
    return Arrays.stream(values()).map(GgufType::name).collect(Collectors.joining(", "));
  }

  /**
   * How many consecutive elements of a row share a block.
   *
   * @return elements, 1 for a type without blocks
   */
  public int blockSize() {
    return blockSize;
  }

  /**
   * The length of a block.
   *
   * @return bytes
   */
  public int blockBytes() {
    return blockBytes;
  }

  /**
   * The type as other files know it.
   *
   * @return the type, or empty if elements are packed into blocks
   */
  public Optional<StoredType> plain() {
    return plain;
  }

  int code() {
    return code;
  }
}
