// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import io.github.lora4j.LoraConfig;
import io.github.lora4j.peft.PeftTensor;
import io.github.lora4j.target.AdaptableModule;
import io.github.lora4j.target.AdaptationPlan;
import java.util.List;

/** A low-rank adapter on a model: what it holds follows from a plan. */
public interface PlannedAdapter extends InstalledAdapter {
  /**
   * What it adapts.
   *
   * @return the plan
   */
  AdaptationPlan plan();

  @Override
  default LoraConfig config() {
    return plan().config();
  }

  @Override
  default List<PeftTensor> storedTensors() {
    return plan().storedTensors();
  }

  /** {@inheritDoc} These are the biases, which train in the base's place. */
  @Override
  default long replacedParameters() {
    return plan().trainedBiases().stream().mapToLong(AdaptableModule::outFeatures).sum();
  }
}
