// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Parameter;
import io.github.lora4j.TrainingException;
import io.github.lora4j.djl.kernel.EngineMode;
import io.github.lora4j.djl.kernel.TorchOp;
import io.github.lora4j.djl.nn.Network;
import java.util.Map;

/**
 * What of a network trains, and its gradients, which add up in the parameters' arrays.
 *
 * @param byName the parameters by name, in the order of the data
 * @param zero the operator that forgets a gradient
 */
record TrainedParameters(Map<String, Parameter> byName, TorchOp zero) {
  /**
   * What trains now.
   *
   * @param network the network; what of it trains must not change while this is used
   * @throws TrainingException if nothing trains
   */
  static TrainedParameters of(Network network) {
    Map<String, Parameter> trainable = network.trainableParameters();
    if (trainable.isEmpty()) {
      throw new TrainingException(
          "nothing to train: every parameter is frozen; wrap the model with LoraModel.wrap (its"
              + " adapter must be active, enabled and not merged), or choose parameters with"
              + " CausalLm.train(TrainableModules.all())");
    }
    return new TrainedParameters(trainable, network.ops().zero());
  }

  /** Forgets the gradients. */
  void zeroGradients() {
    try (EngineMode mode = EngineMode.inference()) {
      for (Parameter parameter : byName.values()) {
        try (NDArray gradient = parameter.getArray().getGradient()) {
          zero.apply(gradient).close();
        }
      }
    }
  }
}
