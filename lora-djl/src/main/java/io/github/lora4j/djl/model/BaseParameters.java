// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import ai.djl.nn.Parameter;
import io.github.lora4j.TrainableParameters;
import io.github.lora4j.djl.nn.Network;
import io.github.lora4j.djl.nn.QuantizedLinear;

/** The base's own parameters, counted. */
final class BaseParameters {
  private BaseParameters() {}

  /** Counts what trains, of how much; a quantised weight as the numbers it stands for. */
  static TrainableParameters count(Network network) {
    long total = 0;
    long trainable = 0;
    for (Parameter parameter : network.baseParameters().values()) {
      long size = parameter.getShape().size();
      total += size;
      trainable += parameter.requiresGradient() ? size : 0;
    }
    for (QuantizedLinear linear : network.quantized().values()) {
      total += linear.tensor().shape().size();
    }
    return new TrainableParameters(trainable, total);
  }
}
