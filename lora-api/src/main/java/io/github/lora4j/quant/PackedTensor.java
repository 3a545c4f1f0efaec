// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.quant;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Map;

/**
 * A tensor in fewer bits than its numbers take, whoever quantised it. It does not change, may be
 * read from several threads, and owns its arrays until it or the manager it was made on is closed.
 */
public interface PackedTensor extends AutoCloseable {
  /**
   * The shape of the tensor, not of its packed form.
   *
   * @return the shape
   */
  Shape shape();

  /**
   * What the tensor is packed in, for messages.
   *
   * @return for example {@code nf4-double}, {@code gptq} or {@code Q4_K}
   */
  String label();

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
   * What the tensor consists of.
   *
   * @return the arrays by name, at least one, in a fixed order; they stay the tensor's
   */
  Map<String, NDArray> parts();

  /**
   * The memory of all parts.
   *
   * @return bytes
   */
  default long sizeInBytes() {
    return parts().values().stream()
        .mapToLong(part -> part.size() * part.getDataType().getNumOfBytes())
        .sum();
  }

  /** Frees the arrays. Closing twice is harmless. */
  @Override
  void close();
}
