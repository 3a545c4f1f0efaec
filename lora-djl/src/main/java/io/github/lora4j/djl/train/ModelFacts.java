// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import ai.djl.Device;
import io.github.lora4j.AdapterConfig;
import io.github.lora4j.TrainableParameters;
import io.github.lora4j.train.FineTuningOptions;
import io.github.lora4j.train.RunInfo;
import java.util.Optional;

/**
 * What is reported of a model.
 *
 * @param name the base's name
 * @param adapter what is on it, if it is not the base that trains
 * @param parameters how much of it trains
 */
public record ModelFacts(
    String name, Optional<AdapterConfig> adapter, TrainableParameters parameters) {
  /** What listeners are told of a run on it. */
  RunInfo run(
      String runName, Device device, RunData data, RunLength length, FineTuningOptions options) {
    return new RunInfo(
        runName,
        name,
        adapter,
        parameters,
        device.toString(),
        data.training().examples().size(),
        data.evaluation().map(held -> held.examples().size()).orElse(0),
        length.steps(),
        length.stepsPerEpoch(),
        options);
  }
}
