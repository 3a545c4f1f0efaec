// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.quant;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.github.lora4j.djl.kernel.LinearProducts;
import io.github.lora4j.djl.kernel.TorchOps;
import io.github.lora4j.quant.PackedTensor;
import org.jspecify.annotations.Nullable;

/** Float32 throughout. */
final class FullPrecision implements ComputeType {
  private final TorchOps ops;
  private @Nullable LinearProducts recorded;

  /**
   * Prepares nothing: most layers never need the products that libtorch differentiates.
   *
   * @param ops where they are compiled
   */
  FullPrecision(TorchOps ops) {
    this.ops = ops;
  }

  @Override
  public LinearProducts products() {
    return ops.linearProducts();
  }

  @Override
  public LinearProducts recorded() {
    LinearProducts known = recorded;
    if (known == null) {
      known = LinearProducts.libtorch(ops);
      recorded = known;
    }
    return known;
  }

  @Override
  public NDArray dequantize(NDManager manager, PackedTensor tensor) {
    return tensor.dequantize(manager, DataType.FLOAT32);
  }
}
