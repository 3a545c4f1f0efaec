// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.spi;

import ai.djl.ndarray.NDArray;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.ServiceLoader;

/**
 * How an optimizer's step is computed on memory, one pass over a parameter. An implementation may
 * bring native ones, registered under this name in META-INF/services; {@link #PORTABLE} is plainly
 * right and runs everywhere. Both give the same bits: the order of the operations is part of the
 * contract, and none is fused.
 *
 * <p>Buffers are in the machine's byte order and hold what is worked on between position and limit,
 * which stay as they are. Methods may be called from several threads at once.
 */
public interface OptimizerKernels {
  /** Values that share one absmax in 8-bit state (bitsandbytes: {@code blocksize}). */
  int BLOCK_SIZE = 256;

  /** Loops in Java. */
  OptimizerKernels PORTABLE = new PortableOptimizerKernels();

  /**
   * The implementation on the class path.
   *
   * @return the first one found, else {@link #PORTABLE}
   */
  static OptimizerKernels get() {
    return ServiceLoader.load(OptimizerKernels.class).findFirst().orElse(PORTABLE);
  }

  /**
   * The memory of a part of an array, to be read and written in place.
   *
   * @param array any array
   * @param from the first value of the part, counted in row-major order
   * @param count how many values
   * @return {@code 4 · count} bytes of direct memory, valid while the array is; empty if the values
   *     do not lie in the CPU's memory as float32 in row-major order, or cannot be reached
   */
  Optional<ByteBuffer> memory(NDArray array, long from, int count);

  /**
   * One step with moments in float32; see {@link AdamWStep} for the formula. What is not finite
   * spreads, as in torch.
   *
   * @param parameter n values of float32, updated
   * @param gradient n values of float32
   * @param mean n values of float32, updated
   * @param variance n values of float32, updated
   * @param step the numbers of the step
   */
  void adamW(
      ByteBuffer parameter,
      ByteBuffer gradient,
      ByteBuffer mean,
      ByteBuffer variance,
      AdamWStep step);

  /**
   * One step with moments in 8 bits a value (Dettmers et al., 2022): each block of {@link
   * #BLOCK_SIZE} values is decoded, updated as by {@link #adamW}, and encoded again relative to its
   * new absmax. The mean is encoded by {@link io.github.lora4j.quant.DynamicMap#signed}, the
   * variance by {@link io.github.lora4j.quant.DynamicMap#unsigned}, each to the nearest value, of
   * two equally near the lower; a negative mean that would become zero takes the next value below
   * zero instead. The parameter moves by the moments before they are encoded.
   *
   * <p>Where a gradient is not finite, the parameter stays and both moments become 0, as in
   * bitsandbytes: in a block they would spoil the absmax of 255 others.
   *
   * @param parameter n values of float32, updated
   * @param gradient n values of float32
   * @param meanCodes n codes of one byte, updated
   * @param meanAbsmax a float32 for each block, the last one may be short; updated
   * @param varianceCodes n codes of one byte, updated
   * @param varianceAbsmax as {@code meanAbsmax}
   * @param step the numbers of the step
   */
  void adamW8(
      ByteBuffer parameter,
      ByteBuffer gradient,
      ByteBuffer meanCodes,
      ByteBuffer meanAbsmax,
      ByteBuffer varianceCodes,
      ByteBuffer varianceAbsmax,
      AdamWStep step);
}
