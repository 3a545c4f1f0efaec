// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import io.github.lora4j.djl.quant.ComputeType;
import io.github.lora4j.quant.PackedTensor;
import java.util.Optional;

/**
 * A quantised weight, dequantised while it is open.
 *
 * @param compute what the products are computed in
 * @param tensor W, shape (out, in)
 */
record QuantizedWeight(ComputeType compute, PackedTensor tensor) implements LinearWeight {
  @Override
  public int in() {
    return Math.toIntExact(tensor.shape().get(1));
  }

  @Override
  public int out() {
    return Math.toIntExact(tensor.shape().get(0));
  }

  @Override
  public OpenWeight open(NDManager manager) {
    NDArray array = compute.dequantize(manager, tensor);
    NDScope.unregister(array);
    return new Dequantized(new DenseWeight(compute.products(), array));
  }

  private record Dequantized(DenseWeight weight) implements OpenWeight {
    @Override
    public NDArray product(NDArray x, Optional<NDArray> bias, Optional<NDArray> residual) {
      return weight.product(x, bias, residual);
    }

    @Override
    public NDArray inputGradient(NDArray dy) {
      return weight.inputGradient(dy);
    }

    @Override
    public void close() {
      weight.array().close();
    }
  }
}
