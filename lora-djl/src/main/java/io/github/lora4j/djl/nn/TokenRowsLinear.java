// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import io.github.lora4j.djl.kernel.TorchOps;
import io.github.lora4j.djl.tape.ParameterGradients;
import io.github.lora4j.djl.tape.Tape;
import io.github.lora4j.peft.TensorRole;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * A head some rows R of whose weight are an adapter's, V:
 *
 * <pre>
 * y = x Wᵀ + bias, in the columns R: x Vᵀ + bias
 * dV = dy[R]ᵀ x,  dx = dy[not R] W[not R] + dy[R] V
 * </pre>
 */
public final class TokenRowsLinear extends WrappedBlock implements Taped {
  private final TorchOps ops;
  private final DenseLinear base;
  private final TokenRows rows;
  private final boolean follows;

  private TokenRowsLinear(
      TorchOps ops, DenseLinear base, TokenRows rows, String adapter, boolean follows) {
    super(base.linearWeight().in(), adapter);
    this.ops = ops;
    this.base = base;
    this.rows = rows;
    this.follows = follows;
  }

  /**
   * Puts rows before a head.
   *
   * @param ops the operators
   * @param base the head, not owned
   * @param rows what stands in the place of its own
   * @param adapter the name of the rows' adapter
   * @return the block
   */
  public static TokenRowsLinear of(TorchOps ops, DenseLinear base, TokenRows rows, String adapter) {
    return new TokenRowsLinear(ops, base, rows, adapter, false);
  }

  /**
   * Puts the rows of an embedding before the head that shares its table; they are listed there.
   *
   * @param ops the operators
   * @param base the head, not owned
   * @param rows what stands in the place of the table's own
   * @param adapter the name of the rows' adapter
   * @return the block
   */
  public static TokenRowsLinear following(
      TorchOps ops, DenseLinear base, TokenRows rows, String adapter) {
    return new TokenRowsLinear(ops, base, rows, adapter, true);
  }

  @Override
  public DenseLinear base() {
    return base;
  }

  @Override
  Map<String, Parameter> learned() {
    return follows
        ? Map.of()
        : Map.of(TensorRole.TRAINABLE_TOKENS.memoryName(adapter()), rows.values());
  }

  @Override
  protected NDArray apply(NDArray x) {
    return replaced(x, base.apply(x));
  }

  private NDArray replaced(NDArray x, NDArray y) {
    return base.biasInUse()
        .map(bias -> rows.projected(x, y, bias))
        .orElseGet(() -> rows.projected(x, y));
  }

  @Override
  public NDArray forward(NDArray x, Tape tape) {
    NDArray y = replaced(x, product(x));
    if (tape.isRecording() && (tape.tracks(x) || trains())) {
      tape.record(y, (dy, t) -> backward(x, dy, t), x);
    }
    return y;
  }

  private NDArray product(NDArray x) {
    return base.linearWeight().open(x.getManager()).product(x, base.biasInUse(), Optional.empty());
  }

  private boolean trains() {
    return rows.values().getArray().hasGradient()
        || base.biasInUse().filter(NDArray::hasGradient).isPresent();
  }

  private void backward(NDArray x, NDArray dy, Tape tape) {
    base.biasInUse()
        .filter(NDArray::hasGradient)
        .ifPresent(bias -> ParameterGradients.add(bias, ops.sumRows().apply(dy)));
    ParameterGradients.add(rows.values().getArray(), rows.gradient(dy, x));
    if (tape.tracks(x)) {
      NDArray dx = base.linearWeight().open(dy.getManager()).inputGradient(rows.ofOthers(dy));
      tape.give(x, rows.addInputGradient(dx, dy));
    }
  }

  @Override
  public Shape[] getOutputShapes(Shape[] shapes) {
    return base.getOutputShapes(shapes);
  }

  @Override
  public WeightBlock withWeights(BiFunction<String, NDArray, NDArray> weights) {
    return base.withWeights(weights);
  }
}
