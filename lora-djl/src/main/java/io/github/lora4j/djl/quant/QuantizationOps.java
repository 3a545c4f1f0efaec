// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.quant;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.github.lora4j.djl.format.BFloat16Array;
import io.github.lora4j.djl.kernel.PyTorchEngine;
import io.github.lora4j.djl.kernel.TorchOp;
import io.github.lora4j.djl.kernel.TorchOps;

/** The operators of this package, compiled at their first use, for the life of the process. */
final class QuantizationOps {
  private QuantizationOps() {}

  /** Starts the engine when the first operator is wanted, not when services are looked up. */
  private static final class Compiled {
    static final TorchOps OPS = new TorchOps(PyTorchEngine.newManager(Device.cpu()));
  }

  static TorchOp of(String script) {
    return Compiled.OPS.op(script);
  }

  /**
   * Rounds numbers to the nearest of another type, half to even.
   *
   * @param manager gets the result
   * @param numbers FLOAT32; closed unless it is the result
   * @param type FLOAT32, FLOAT16 or BFLOAT16
   * @return the numbers; BFLOAT16 as bytes
   */
  static NDArray rounded(NDManager manager, NDArray numbers, DataType type) {
    if (type == DataType.FLOAT32) {
      return numbers;
    }
    try (numbers) {
      return type == DataType.BFLOAT16
          ? BFloat16Array.of(manager, numbers)
          : numbers.toType(type, false);
    }
  }
}
