package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import io.github.lora4j.djl.kernel.TorchOp;
import java.util.List;

/** One layer's work on one token as one operator, its weights bound. */
final class FusedTokenLayer {
  private static final int LEADING = 7;

  private final TorchOp op;
  private final NDArray[] weights;

  FusedTokenLayer(TorchOp op, List<NDArray> weights) {
    this.op = op;
    this.weights = weights.toArray(new NDArray[0]);
  }

  /**
   * Runs the layer.
   *
   * @param leading hidden, cos, sin, mask, slot, keys, values
   * @return the hidden vector behind the layer, on the manager of the hidden one
   */
  NDArray run(NDArray... leading) {
    NDArray[] arguments = new NDArray[LEADING + weights.length];
    System.arraycopy(leading, 0, arguments, 0, LEADING);
    System.arraycopy(weights, 0, arguments, LEADING, weights.length);
    return op.apply(arguments);
  }
}
