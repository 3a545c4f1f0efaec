// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.IValue;
import io.github.lora4j.djl.kernel.TorchOp;
import java.util.List;

/** One layer's work on one token as one operator, its weights bound. */
final class FusedTokenLayer implements AutoCloseable {
  private static final int LEADING = 7;

  private final TorchOp op;
  private final IValue[] arguments;

  FusedTokenLayer(TorchOp op, List<NDArray> weights) {
    this.op = op;
    arguments = new IValue[LEADING + weights.size()];
    for (int i = 0; i < weights.size(); i++) {
      arguments[LEADING + i] = IValue.from((PtNDArray) weights.get(i));
    }
  }

  /**
   * Runs the layer.
   *
   * @param manager owns the result
   * @param leading hidden, cos, sin, mask, slot, keys, values; stay the caller's
   * @return the hidden vector behind the layer
   */
  NDArray run(NDManager manager, IValue... leading) {
    System.arraycopy(leading, 0, arguments, 0, LEADING);
    return op.call(manager, arguments);
  }

  @Override
  public void close() {
    for (int i = LEADING; i < arguments.length; i++) {
      arguments[i].close();
    }
  }
}
