// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.spi;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.quant.QuantizationFormat;
import io.github.lora4j.quant.QuantizedBlocks;

/**
 * The arithmetic of quantisation. Registered under this name in META-INF/services; several
 * implementations stand side by side, and all give the same numbers bit for bit.
 *
 * <p>With {@code m} the absmax of a block (the largest magnitude, NaN if the block holds a NaN; at
 * least 1e-38 in a short last block of NF4 or FP4, as in bitsandbytes), all in float32:
 *
 * <ul>
 *   <li>the scaled element of a full block of NF4 or FP4 is {@code x · (1 / m)}; of a short last
 *       block, and of every block of the other formats, it is {@code x / m}; where {@code m} is
 *       below the smallest normal float, {@link Float#MIN_NORMAL}, it is 0
 *   <li>its code is the one whose number is nearest, the smaller number of two as near (compared
 *       with the float32 middles {@code (lower + upper) / 2} of neighbouring numbers; of two equal
 *       numbers the one with the smaller code is the smaller); with INT8 and INT4 it is {@code zero
 *       + rint(scaled · divisor)}, half to even
 *   <li>an odd number of 4-bit codes is filled up with {@link QuantizationFormat#zero}
 *   <li>a code stands for {@code code[c] · (absmax / divisor)}
 * </ul>
 */
public interface QuantizationKernels {
  /**
   * The best implementation for a device and a format.
   *
   * @param device where the arrays lie
   * @param format the format
   * @return the one with the highest {@link #priority} of those that support both
   * @throws ConfigurationException if there is none; the message names the artifact to add
   */
  static QuantizationKernels find(Device device, QuantizationFormat format) {
    return InstalledKernels.find(device, format);
  }

  /**
   * Whether arrays on a device can be worked on here and now.
   *
   * @param device the device
   * @param format the format
   * @return false if, say, the native library could not be loaded
   */
  boolean supports(Device device, QuantizationFormat format);

  /**
   * Which implementation is preferred: the portable one has 0.
   *
   * @return higher is better
   */
  int priority();

  /**
   * Quantises.
   *
   * @param manager gets the arrays of the result
   * @param values FLOAT32 of any shape with at least one element; not changed
   * @param format the format
   * @param blockSize elements of a block
   * @return the blocks; where an element is not finite its block's absmax is not finite either, and
   *     its codes are any
   */
  QuantizedBlocks quantize(
      NDManager manager, NDArray values, QuantizationFormat format, int blockSize);

  /**
   * Dequantises.
   *
   * @param manager gets the result
   * @param blocks the blocks; not changed
   * @param shape the shape of the tensor
   * @param type FLOAT32; or FLOAT16 or BFLOAT16, rounded from float32 to the nearest, half to even
   * @return the numbers; BFLOAT16 as {@link io.github.lora4j.quant.QuantizedTensor#dequantize} says
   */
  NDArray dequantize(NDManager manager, QuantizedBlocks blocks, Shape shape, DataType type);
}
