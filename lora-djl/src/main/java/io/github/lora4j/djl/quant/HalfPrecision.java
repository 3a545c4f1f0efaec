// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.quant;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.github.lora4j.djl.kernel.LinearProducts;
import io.github.lora4j.djl.kernel.NativeKernels.FloatType;
import io.github.lora4j.djl.kernel.TorchOp;
import io.github.lora4j.djl.kernel.TorchOps;
import io.github.lora4j.quant.PackedTensor;
import java.util.Optional;

/** Products in a 16-bit type that DJL has no arrays of, and so within libtorch's operators. */
final class HalfPrecision implements ComputeType {
  private final LinearProducts products;
  private final TorchOp empty;
  private final TorchOp rounded;
  private final FloatType type;

  /**
   * Prepares the operators.
   *
   * @param ops where they are compiled
   * @param type BFLOAT16 or FLOAT16
   */
  HalfPrecision(TorchOps ops, DataType type) {
    this.type = NativeQuantizationKernels.numberType(type);
    int scalarType = type == DataType.BFLOAT16 ? 15 : 5; // c10::ScalarType
    products = LinearProducts.rounding(ops, scalarType);
    empty =
        ops.op(
            """
              def forward(self: __torch__.Op, shape: Tensor) -> Tensor:
                rows = int(torch.select(shape, 0, 0))
                columns = int(torch.select(shape, 0, 1))
                return torch.empty([rows, columns], dtype=%d)
            """
                .formatted(scalarType));
    rounded =
        ops.op(
            "  def forward(self: __torch__.Op, w: Tensor) -> Tensor:\n    return torch.to(w, %d)\n"
                .formatted(scalarType));
  }

  @Override
  public LinearProducts products() {
    return products;
  }

  @Override
  public LinearProducts recorded() {
    return products;
  }

  @Override
  public NDArray dequantize(NDManager manager, PackedTensor tensor) {
    Optional<FourBitProduct> fourBit = FourBitProduct.of(tensor);
    if (fourBit.isEmpty()) {
      try (NDArray full = tensor.dequantize(manager, DataType.FLOAT32)) {
        return rounded.apply(full);
      }
    }
    try (NDArray shape = manager.create(tensor.shape().getShape())) {
      NDArray numbers = empty.apply(shape);
      fourBit.get().dequantize(numbers, type);
      return numbers;
    }
  }
}
