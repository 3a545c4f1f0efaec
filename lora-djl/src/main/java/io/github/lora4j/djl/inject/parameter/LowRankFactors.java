// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject.parameter;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Parameter;
import io.github.lora4j.djl.kernel.TorchOp;
import io.github.lora4j.djl.kernel.TorchOps;
import java.util.List;
import java.util.function.Function;

/**
 * W + scaling · B A (Hu et al., 2021), with the sum made at every use, so that the block which
 * computes with it need not know.
 */
final class LowRankFactors implements Substitute {
  private final Parameter a;
  private final Parameter b;
  private final TorchOp sum;
  private final TorchOp gradientOfA;
  private final TorchOp gradientOfB;

  LowRankFactors(FactorLayout layout, Parameter a, Parameter b, double scaling, TorchOps ops) {
    this.a = a;
    this.b = b;
    sum = layout.sum(ops, scaling);
    gradientOfA = layout.gradientOfA(ops, scaling);
    gradientOfB = layout.gradientOfB(ops, scaling);
  }

  @Override
  public NDArray value(Function<Parameter, NDArray> values, NDArray base, NDArray owner) {
    return sum.apply(owner, base, values.apply(a), values.apply(b));
  }

  @Override
  public List<Parameter> trained() {
    return List.of(a, b);
  }

  @Override
  public NDArray gradientOf(Parameter parameter, NDArray gradient) {
    TorchOp formula = parameter == a ? gradientOfA : gradientOfB;
    return formula.apply(gradient, a.getArray(), b.getArray());
  }
}
