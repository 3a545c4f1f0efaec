// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.quant;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.djl.kernel.LinearProducts;
import io.github.lora4j.djl.kernel.TorchOps;
import io.github.lora4j.quant.PackedTensor;

/**
 * What products with quantised weights are computed in (bitsandbytes: {@code
 * bnb_4bit_compute_dtype}). Inputs and results are float32 in any case: a 16-bit type is that of
 * the dequantised weight, of the copy of the input that is multiplied, and of the product before it
 * is widened.
 */
public interface ComputeType {
  /**
   * The products that are walked back by hand.
   *
   * @return on inputs of float32 and weights of {@link #dequantize}
   */
  LinearProducts products();

  /**
   * The products that libtorch can differentiate.
   *
   * @return on inputs of float32 and weights of {@link #dequantize}
   */
  LinearProducts recorded();

  /**
   * A weight as the products want it.
   *
   * @param manager owns the result
   * @param tensor the quantised weight
   * @return of the tensor's shape; for {@link #products} alone where its type is none of DJL's
   */
  NDArray dequantize(NDManager manager, PackedTensor tensor);

  /**
   * The products in a type.
   *
   * @param ops the operators
   * @param type FLOAT32, BFLOAT16 or FLOAT16
   * @return the products
   * @throws ConfigurationException for another type
   */
  static ComputeType of(TorchOps ops, DataType type) {
    return switch (type) {
      case FLOAT32 -> new FullPrecision(ops);
      case BFLOAT16, FLOAT16 -> new HalfPrecision(ops, type);
      default ->
          throw new ConfigurationException(
              "computeType must be FLOAT32, BFLOAT16 or FLOAT16, was " + type.name());
    };
  }
}
