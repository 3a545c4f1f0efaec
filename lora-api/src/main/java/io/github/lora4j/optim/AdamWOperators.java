// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.optim;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.github.lora4j.spi.AdamWStep;

/**
 * One step of AdamW in NDArray operators, on any device; see {@link AdamWStep} for the formula. The
 * numbers are kept as arrays: an operator on a Java number makes an array of it first, at ten times
 * its own cost.
 */
final class AdamWOperators implements AutoCloseable {
  private final NDManager scope;
  private final AdamWStep step;
  private final NDArray keep;
  private final NDArray meanShare;
  private final NDArray varianceKeep;
  private final NDArray varianceShare;
  private final NDArray pace;
  private final NDArray rootCorrection;
  private final NDArray epsilon;

  /** Takes over the scope. */
  AdamWOperators(NDManager scope, AdamWStep step) {
    this.scope = scope;
    this.step = step;
    keep = scope.create(step.keep());
    meanShare = scope.create(step.meanShare());
    varianceKeep = scope.create(step.varianceKeep());
    varianceShare = scope.create(step.varianceShare());
    pace = scope.create(step.pace());
    rootCorrection = scope.create(step.rootCorrection());
    epsilon = scope.create(step.epsilon());
  }

  AdamWStep step() {
    return step;
  }

  void update(NDArray weight, NDArray grad, NDArray mean, NDArray variance) {
    try (NDManager work = grad.getManager().newSubManager()) {
      NDArray g = grad.stopGradient();
      g.attach(work);
      NDArray distance = g.sub(mean);
      mean.addi(distance.muli(meanShare));
      NDArray square = g.mul(varianceShare).muli(g);
      variance.muli(varianceKeep).addi(square);
      NDArray denominator = variance.sqrt();
      denominator.attach(work);
      denominator.divi(rootCorrection).addi(epsilon);
      NDArray change = mean.mul(pace);
      change.attach(work);
      weight.muli(keep).subi(change.divi(denominator));
    }
  }

  @Override
  public void close() {
    scope.close();
  }
}
