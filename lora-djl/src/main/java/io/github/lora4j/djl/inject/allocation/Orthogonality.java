// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject.allocation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import java.util.Collection;

/**
 * What keeps the singular vectors orthogonal (Zhang et al. 2023, equation 4): the mean of ‖A Aᵀ −
 * I‖ and ‖Bᵀ B − I‖ over all modules, as a term of the loss. With C = A Aᵀ − I its gradient is 2 C
 * A / ‖C‖, and for B it is 2 B C / ‖C‖ with C = Bᵀ B − I.
 */
public final class Orthogonality {
  /** Where C is zero so is the gradient. */
  private static final float LEAST_NORM = Float.MIN_NORMAL;

  private final NDManager scope;
  private final float weight;
  private final NDArray sum;

  private Orthogonality(NDManager scope, float weight) {
    this.scope = scope;
    this.weight = weight;
    sum = scope.zeros(new Shape(1));
  }

  /**
   * Adds the term's gradients to those of the factors.
   *
   * @param factors the factors of all modules, at least one
   * @param weight the term's factor
   * @return the term
   */
  public static double add(Collection<SvdFactors> factors, double weight) {
    try (NDManager scope = factors.iterator().next().newScope()) {
      Orthogonality term = new Orthogonality(scope, (float) (weight / (2 * factors.size())));
      for (SvdFactors module : factors) {
        term.addRows(module.a());
        term.addColumns(module.b());
      }
      return term.sum.getFloat() * (weight / (2 * factors.size()));
    }
  }

  private void addRows(Parameter parameter) {
    NDArray a = value(parameter);
    NDArray excess = excess(a.matMul(a.transpose()));
    addGradient(parameter, unit(excess).matMul(a));
  }

  private void addColumns(Parameter parameter) {
    NDArray b = value(parameter);
    NDArray excess = excess(b.transpose().matMul(b));
    addGradient(parameter, b.matMul(unit(excess)));
  }

  private NDArray value(Parameter parameter) {
    NDArray value = parameter.getArray().stopGradient();
    value.attach(scope);
    return value;
  }

  private NDArray excess(NDArray products) {
    int rank = (int) products.getShape().get(0);
    return products.subi(scope.eye(rank, rank, 0, DataType.FLOAT32));
  }

  /** C / ‖C‖, whose norm goes into the sum. */
  private NDArray unit(NDArray excess) {
    NDArray norm = excess.norm();
    sum.addi(norm);
    return excess.div(norm.maximum(LEAST_NORM));
  }

  private void addGradient(Parameter parameter, NDArray half) {
    NDArray gradient = parameter.getArray().getGradient();
    gradient.attach(scope);
    gradient.addi(half.muli(2 * weight));
  }
}
