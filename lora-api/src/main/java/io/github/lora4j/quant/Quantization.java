// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.quant;

import io.github.lora4j.ConfigurationException;

/**
 * How a weight is quantised: in blocks of consecutive elements of the flattened matrix, each with
 * its largest magnitude (absmax) as its scale.
 *
 * <p>{@code Quantization.nf4().doubleQuantization()} is what QLoRA trains on.
 *
 * @param format how a number becomes a code
 * @param blockSize elements with a scale of their own, a power of two from 32 to 4096
 * @param doubleQuantized whether the scales are quantised too (Dettmers et al., 2023, section 3):
 *     to eight bits by the dynamic map, in blocks of {@value #NESTED_BLOCK_SIZE}, around their
 *     mean; for {@code nf4} and {@code fp4}
 */
public record Quantization(QuantizationFormat format, int blockSize, boolean doubleQuantized) {
  /** How many scales share a scale under double quantisation. */
  public static final int NESTED_BLOCK_SIZE = 256;

  private static final int SMALLEST_BLOCK = 32;
  private static final int LARGEST_BLOCK = 4096;

  /**
   * Checks the settings.
   *
   * @throws ConfigurationException if the block size is no power of two from 32 to 4096, or double
   *     quantisation is asked of a format that has none
   */
  public Quantization {
    if (blockSize < SMALLEST_BLOCK
        || blockSize > LARGEST_BLOCK
        || Integer.bitCount(blockSize) != 1) {
      throw new ConfigurationException(
          "Quantization: blockSize must be a power of two from 32 to 4096, was " + blockSize);
    }
    if (doubleQuantized && format != QuantizationFormat.NF4 && format != QuantizationFormat.FP4) {
      throw new ConfigurationException(
          "Quantization: double quantisation is for nf4 and fp4, the format was " + format.label());
    }
  }

  /**
   * The 4-bit normal float, in blocks of 64.
   *
   * @return the quantisation
   */
  public static Quantization nf4() {
    return of(QuantizationFormat.NF4);
  }

  /**
   * The 4-bit float, in blocks of 64.
   *
   * @return the quantisation
   */
  public static Quantization fp4() {
    return of(QuantizationFormat.FP4);
  }

  /**
   * Eight bits by bitsandbytes' dynamic map, in blocks of 4096.
   *
   * @return the quantisation
   */
  public static Quantization int8Dynamic() {
    return of(QuantizationFormat.INT8_DYNAMIC);
  }

  /**
   * Evenly spaced 8-bit integers, in blocks of 64.
   *
   * @return the quantisation
   */
  public static Quantization int8() {
    return of(QuantizationFormat.INT8);
  }

  /**
   * Evenly spaced 4-bit integers, in blocks of 64.
   *
   * @return the quantisation
   */
  public static Quantization int4() {
    return of(QuantizationFormat.INT4);
  }

  /**
   * A format with its default block size and plain scales.
   *
   * @param format the format
   * @return the quantisation
   */
  public static Quantization of(QuantizationFormat format) {
    return new Quantization(format, format.defaultBlockSize(), false);
  }

  /**
   * The quantisation of a name, as command lines give it; the inverse of {@link #name}.
   *
   * @param name a format, then {@code -double}, then {@code -b} and a block size, the latter two
   *     where wanted: {@code nf4}, {@code nf4-double}, {@code int8-b128}
   * @return the quantisation
   * @throws ConfigurationException if the name is none
   */
  public static Quantization parse(String name) {
    return QuantizationName.parse(name);
  }

  /**
   * Another block size.
   *
   * @param blockSize a power of two from 32 to 4096
   * @return the quantisation with it
   * @throws ConfigurationException if it is something else
   */
  public Quantization blockSize(int blockSize) {
    return new Quantization(format, blockSize, doubleQuantized);
  }

  /**
   * The same with quantised scales.
   *
   * @return the quantisation with them
   * @throws ConfigurationException if the format is neither nf4 nor fp4
   */
  public Quantization doubleQuantization() {
    return new Quantization(format, blockSize, true);
  }

  /**
   * The name, which {@link #parse} reads.
   *
   * @return for example {@code nf4-double}; the block size is in it where it is not the default
   */
  public String name() {
    return QuantizationName.of(this);
  }

  /**
   * The memory of a parameter in a large weight, scales included.
   *
   * @return bits, for example 4.5 for {@code nf4} and 4.127 for {@code nf4-double}
   */
  public double bitsPerParameter() {
    double scale =
        doubleQuantized ? Byte.SIZE + (double) Float.SIZE / NESTED_BLOCK_SIZE : Float.SIZE;
    return format.bits() + scale / blockSize;
  }

  @Override
  public String toString() {
    return name();
  }
}
