// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.quant;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.github.lora4j.CheckpointException;
import io.github.lora4j.ConfigurationException;

/** A tensor in evenly spaced 4-bit integers. */
public final class Int4Tensor extends BlockwiseTensor {
  Int4Tensor(Content content) {
    super(content);
  }

  /**
   * Quantises a tensor with the defaults: blocks of 64.
   *
   * @param manager the tensor's arrays live no longer than it; on its device the tensor lies
   * @param weight FLOAT32, FLOAT64 or FLOAT16, any shape with at least one element; not changed
   * @return the quantised tensor, to be closed by the caller or with the manager
   * @throws CheckpointException if an element is not finite, or the type or shape cannot be
   *     quantised
   */
  public static Int4Tensor quantize(NDManager manager, NDArray weight) {
    return quantize(manager, weight, Quantization.int4());
  }

  /**
   * Quantises a tensor.
   *
   * @param manager the tensor's arrays live no longer than it; on its device the tensor lies
   * @param weight FLOAT32, FLOAT64 or FLOAT16, any shape with at least one element; not changed
   * @param quantization {@link Quantization#int4}, with the block size that is wanted
   * @return the quantised tensor, to be closed by the caller or with the manager
   * @throws ConfigurationException if the quantisation is of another format
   * @throws CheckpointException if an element is not finite, or the type or shape cannot be
   *     quantised
   */
  public static Int4Tensor quantize(NDManager manager, NDArray weight, Quantization quantization) {
    return Quantizer.quantize(manager, weight, quantization, Int4Tensor.class);
  }
}
