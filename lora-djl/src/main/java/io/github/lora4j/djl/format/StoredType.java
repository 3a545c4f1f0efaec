// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import ai.djl.ndarray.types.DataType;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The element types of tensors in files, by their safetensors names. */
public enum StoredType {
  /** 64-bit float. */
  F64(DataType.FLOAT64, 8),
  /** 32-bit float. */
  F32(DataType.FLOAT32, 4),
  /** IEEE 754 binary16, see {@link Float16}. */
  F16(DataType.FLOAT16, 2),
  /** bfloat16, see {@link BFloat16}. DJL has no arrays of it: its JNI layer aborts the process. */
  BF16(null, 2),
  /** Signed 64-bit integer. */
  I64(DataType.INT64, 8),
  /** Signed 32-bit integer. */
  I32(DataType.INT32, 4),
  /** Signed 16-bit integer. DJL has no arrays of it: its JNI layer aborts the process. */
  I16(null, 2),
  /** Signed 8-bit integer. */
  I8(DataType.INT8, 1),
  /** Unsigned 8-bit integer. */
  U8(DataType.UINT8, 1),
  /** Boolean, one byte each. */
  BOOL(DataType.BOOLEAN, 1);

  private final Optional<DataType> dataType;
  private final int bytes;

  StoredType(@Nullable DataType dataType, int bytes) {
    this.dataType = Optional.ofNullable(dataType);
    this.bytes = bytes;
  }

  /**
   * The size of one element.
   *
   * @return bytes per element
   */
  public int bytes() {
    return bytes;
  }

  /**
   * Whether this is one of F64, F32, F16 and BF16.
   *
   * @return true for the floating-point types
   */
  public boolean isFloatingPoint() {
    return this == F64 || this == F32 || this == F16 || this == BF16;
  }

  /**
   * The DJL type with the same bits.
   *
   * @return the type, or empty for BF16 and I16, of which DJL cannot make arrays
   */
  public Optional<DataType> dataType() {
    return dataType;
  }

  /**
   * The stored type with the same bits as a DJL type.
   *
   * @param type the DJL type
   * @return the stored type, or empty if there is none
   */
  public static Optional<StoredType> of(DataType type) {
    return Arrays.stream(values())
        .filter(stored -> stored.dataType.filter(type::equals).isPresent())
        .findFirst();
  }

  /**
   * The stored type with a safetensors name.
   *
   * @param name for example {@code BF16}
   * @return the type, or empty if the name is unknown
   */
  public static Optional<StoredType> named(String name) {
    return Arrays.stream(values()).filter(type -> type.name().equals(name)).findFirst();
  }
}
