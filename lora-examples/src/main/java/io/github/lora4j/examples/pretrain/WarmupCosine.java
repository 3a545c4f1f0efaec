// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.pretrain;

import ai.djl.training.tracker.ParameterTracker;

/**
 * A learning rate that climbs for a twentieth of the steps and then falls to zero along a cosine.
 *
 * @param highest the highest rate
 * @param steps all steps
 */
record WarmupCosine(float highest, int steps) implements ParameterTracker {
  private static final int WARMUP_SHARE = 20;

  @Override
  public float getNewValue(String parameterId, int step) {
    double warmup = Math.max(1, steps / WARMUP_SHARE);
    if (step < warmup) {
      return (float) (highest * step / warmup);
    }
    double done = (step - warmup) / Math.max(1, steps - warmup);
    return (float) (highest * 0.5 * (1 + Math.cos(Math.PI * Math.min(1, done))));
  }
}
