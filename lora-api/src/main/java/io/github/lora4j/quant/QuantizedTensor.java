package io.github.lora4j.quant;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.CheckpointException;
import java.util.Map;

/**
 * A tensor held in a few bits a parameter. It does not change, may be read from several threads,
 * and owns its arrays until it or the manager it was made on is closed.
 */
public interface QuantizedTensor extends AutoCloseable {
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
   * The shape of the tensor, not of its packed form.
   *
   * @return the shape
   */
  Shape shape();

  /**
   * How it is quantised.
   *
   * @return the quantisation
   */
  Quantization quantization();

  /**
   * The memory of all parts.
   *
   * @return bytes
   */
  long sizeInBytes();

  /**
   * Makes numbers of the codes, in float32 and then rounded to the nearest, half to even.
   *
   * @param manager gets the result
   * @param type FLOAT32; FLOAT16; or BFLOAT16, of which DJL has no arrays: the result is then UINT8
   *     with one more dimension of 2, the low byte of each number and the high one, as safetensors
   *     stores BF16
   * @return an array of {@link #shape}, on the manager
   * @throws io.github.lora4j.ConfigurationException if the type is another
   */
  NDArray dequantize(NDManager manager, DataType type);

  /**
   * What is to be saved, and what native kernels read: {@code packed} UINT8; {@code absmax}
   * FLOAT32, or UINT8 under double quantisation; {@code code} FLOAT32; and under double
   * quantisation {@code nested_absmax} and {@code nested_code} FLOAT32 and {@code offset} FLOAT32
   * of shape ().
   *
   * @return the arrays by name, in a fixed order; they stay the tensor's
   */
  Map<String, NDArray> parts();

  /** Frees the arrays. Closing twice is harmless. */
  @Override
  void close();
}
