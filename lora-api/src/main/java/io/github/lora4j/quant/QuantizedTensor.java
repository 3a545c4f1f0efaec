// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.quant;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.CheckpointException;
import java.util.Map;

/** A tensor in a quantisation of this library, so that any other tensor can be packed alike. */
public interface QuantizedTensor extends PackedTensor {
  /**
   * Quantises a tensor.
   *
   * @param manager the tensor's arrays live no longer than it; on its device the tensor lies
   * @param name the tensor's name, for messages
   * @param weight FLOAT32, FLOAT64 or FLOAT16, any shape with at least one element; not changed
   * @param quantization how
   * @return the quantised tensor, to be closed by the caller or with the manager
   * @throws CheckpointException if an element is not finite, or the type or shape cannot be
   *     quantised; the message names the tensor
   */
  static QuantizedTensor quantize(
      NDManager manager, String name, NDArray weight, Quantization quantization) {
    return Quantizer.quantize(manager, name, weight, quantization);
  }

  /**
   * A tensor from the parts it was saved as.
   *
   * @param manager the tensor's arrays live no longer than it; on its device the tensor lies
   * @param name the tensor's name, for messages
   * @param quantization how it was quantised
   * @param shape the shape it had
   * @param parts as {@link #parts} gave them; copied
   * @return the quantised tensor, to be closed by the caller or with the manager
   * @throws CheckpointException if a part is missing or does not fit; the message names the tensor
   *     and the part
   */
  static QuantizedTensor restore(
      NDManager manager,
      String name,
      Quantization quantization,
      Shape shape,
      Map<String, NDArray> parts) {
    return Quantizer.restore(manager, name, quantization, shape, parts);
  }

  /**
   * How it is quantised.
   *
   * @return the quantisation
   */
  Quantization quantization();

  /** {@inheritDoc} The name of the quantisation. */
  @Override
  default String label() {
    return quantization().name();
  }

  /**
   * What is to be saved, and what native kernels read: {@code packed} UINT8; {@code absmax}
   * FLOAT32, or UINT8 under double quantisation; {@code code} FLOAT32; and under double
   * quantisation {@code nested_absmax} and {@code nested_code} FLOAT32 and {@code offset} FLOAT32
   * of shape ().
   *
   * @return the arrays by name, in a fixed order; they stay the tensor's
   */
  @Override
  Map<String, NDArray> parts();
}
