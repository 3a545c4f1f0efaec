// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.optim;

import ai.djl.training.tracker.ParameterTracker;
import io.github.lora4j.spi.AdamWStep;
import java.util.List;
import java.util.Map;

/** What the builders collect, and the numbers of a step that follow from it. */
record AdamWSettings(
    ParameterTracker learningRate,
    double beta1,
    double beta2,
    double epsilon,
    double weightDecay,
    List<ParameterGroup> groups,
    Map<String, String> names) {

  AdamWSettings {
    groups = List.copyOf(groups);
    names = Map.copyOf(names);
  }

  /** A parameter's name in its block, or its id where no block was given. */
  String name(String parameterId) {
    return names.getOrDefault(parameterId, parameterId);
  }

  /** What saved state must agree in to mean the same. */
  Map<String, String> metadata(int bits) {
    return Map.of(
        "format", "pt",
        "optimizer", "AdamW",
        "bits", String.valueOf(bits),
        "beta1", String.valueOf(beta1),
        "beta2", String.valueOf(beta2));
  }

  AdamWStep step(String parameterId, int step) {
    double rate = learningRate.getNewValue(parameterId, step);
    double decay = weightDecay;
    String name = name(parameterId);
    for (ParameterGroup group : groups) {
      if (group.members().test(name)) {
        rate *= group.learningRateFactor();
        decay = group.weightDecay().orElse(weightDecay);
        break;
      }
    }
    return AdamWStep.of(step, rate, beta1, beta2, epsilon, decay);
  }
}
