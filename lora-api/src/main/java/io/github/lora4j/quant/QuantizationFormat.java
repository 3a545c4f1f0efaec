// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.quant;

/**
 * How a number of a block becomes a code and a code a number again. A code stands for {@code
 * code()[c] · absmax / divisor()}, where absmax is the largest magnitude of the block.
 */
public enum QuantizationFormat {
  /**
   * The 4-bit normal float (Dettmers et al., 2023, section 3): sixteen quantiles of a normal
   * distribution, exact at −1, 0 and 1. Its zero is code 7.
   */
  NF4("nf4", 4, 64, 7, 1) {
    @Override
    public float[] code() {
      return CodeTables.nf4();
    }
  },
  /**
   * The 4-bit float with one sign, two exponent and one mantissa bit, as bitsandbytes numbers its
   * codes: not in ascending order. Its zero is code 0; what is rounded to zero from above is code
   * 8, the other zero.
   */
  FP4("fp4", 4, 64, 0, 1) {
    @Override
    public float[] code() {
      return CodeTables.fp4();
    }
  },
  /** The 8-bit dynamic map (Dettmers et al., 2022); see {@link DynamicMap#signed}. */
  INT8_DYNAMIC("int8-dynamic", 8, 4096, 127, 1) {
    @Override
    public float[] code() {
      return DynamicMap.signed();
    }
  },
  /** Integers −127 to 127 in steps of absmax/127; the code is the integer plus 128. */
  INT8("int8", 8, 64, 128, 127) {
    @Override
    public float[] code() {
      return CodeTables.integers(256);
    }
  },
  /** Integers −7 to 7 in steps of absmax/7; the code is the integer plus 8. */
  INT4("int4", 4, 64, 8, 7) {
    @Override
    public float[] code() {
      return CodeTables.integers(16);
    }
  };

  private final String label;
  private final int bits;
  private final int defaultBlockSize;
  private final int zero;
  private final int divisor;

  QuantizationFormat(String label, int bits, int defaultBlockSize, int zero, int divisor) {
    this.label = label;
    this.bits = bits;
    this.defaultBlockSize = defaultBlockSize;
    this.zero = zero;
    this.divisor = divisor;
  }

  /**
   * The numbers that the codes stand for, before they are scaled.
   *
   * @return 16 or 256 values, by code; a new array each time
   */
  public abstract float[] code();

  /**
   * The name, for example {@code nf4} or {@code int8-dynamic}.
   *
   * @return the name, in lower case
   */
  public String label() {
    return label;
  }

  /**
   * The bits of a code. Two codes of four bits share a byte, the first in the high half.
   *
   * @return 4 or 8
   */
  public int bits() {
    return bits;
  }

  /**
   * The block size where none is given, as in bitsandbytes.
   *
   * @return elements
   */
  public int defaultBlockSize() {
    return defaultBlockSize;
  }

  /**
   * The code that stands for 0. It also fills the last byte of an odd number of 4-bit codes.
   *
   * @return the code
   */
  public int zero() {
    return zero;
  }

  /**
   * What absmax is divided by to give a block's scale.
   *
   * @return the largest integer of INT8 and INT4; 1 for the others
   */
  public int divisor() {
    return divisor;
  }

  /**
   * Whether codes stand for evenly spaced integers, so that they are found by rounding.
   *
   * @return true for INT8 and INT4; the others take the nearest value of {@link #code}
   */
  public boolean isInteger() {
    return divisor != 1;
  }

  /**
   * The bytes that a number of codes takes.
   *
   * @param elements how many codes
   * @return bytes
   */
  public long packedSize(long elements) {
    return bits == 8 ? elements : (elements + 1) / 2;
  }
}
