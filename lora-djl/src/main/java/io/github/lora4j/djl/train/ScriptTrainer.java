// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import ai.djl.Model;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.Trainer;
import ai.djl.training.TrainingConfig;
import ai.djl.training.optimizer.Optimizer;
import io.github.lora4j.djl.inject.script.ScriptValues;

/**
 * DJL's trainer over a TorchScript module: the module's weights gather the gradients, and a step
 * carries them on to the factors behind the weights, dA = scaling · Bᵀ dW and dB = scaling · dW Aᵀ.
 */
public final class ScriptTrainer extends Trainer {
  private final ScriptValues values;
  private final Optimizer optimizer;

  /**
   * Creates the trainer for the adapter in use.
   *
   * @param model the model
   * @param values what its parameters are worth
   * @param config DJL's configuration; its initializers are not used, the weights came with the
   *     model
   */
  public ScriptTrainer(Model model, ScriptValues values, TrainingConfig config) {
    super(model, config);
    this.values = values;
    optimizer = config.getOptimizer();
    values.gatherGradients(true);
  }

  /** {@inheritDoc} The weights came with the model: there is nothing to initialize. */
  @Override
  public void initialize(Shape... shapes) {}

  /** Updates the factors by the optimizer, forgets the gradients, and writes the new weights. */
  @Override
  public void step() {
    long begin = System.nanoTime();
    values.update(optimizer);
    addMetric("step", begin);
  }

  @Override
  public void close() {
    values.gatherGradients(false);
    super.close();
  }
}
