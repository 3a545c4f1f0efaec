package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import io.github.lora4j.djl.kernel.LinearProducts;
import io.github.lora4j.quant.PackedTensor;
import java.util.Optional;

/**
 * A quantised weight, dequantised while it is open.
 *
 * @param products the operators
 * @param tensor W, shape (out, in)
 */
record QuantizedWeight(LinearProducts products, PackedTensor tensor) implements LinearWeight {
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
    NDArray array = tensor.dequantize(manager, DataType.FLOAT32);
    NDScope.unregister(array);
    return new Dequantized(new DenseWeight(products, array));
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
