// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.report;

import io.github.lora4j.LoraConfig;
import io.github.lora4j.TrainableParameters;
import io.github.lora4j.train.FineTuner;
import io.github.lora4j.train.FineTunerBuilder;
import io.github.lora4j.train.FineTuningResult;
import io.github.lora4j.train.RunInfo;
import io.github.lora4j.train.StepReport;
import io.github.lora4j.train.StopReason;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/** A run to report on. */
final class SomeRun {
  private SomeRun() {}

  static FineTunerBuilder tuner() {
    return FineTuner.builder().silent().batchSize(2).gradientAccumulation(3);
  }

  static RunInfo info(FineTunerBuilder tuner) {
    return new RunInfo(
        "french",
        "bloom",
        Optional.of(LoraConfig.builder().rank(8).targetModules("q_proj").build()),
        new TrainableParameters(10, 1000),
        "cpu()",
        24,
        6,
        8,
        4,
        tuner.build().options());
  }

  static StepReport step(int number, double loss) {
    return new StepReport(number, loss, 2e-4f, 0.5, 100, 50.25, 3L << 29);
  }

  static FineTuningResult result(StepReport... steps) {
    return new FineTuningResult(
        steps.length,
        steps.length / 4.0,
        List.of(steps),
        List.of(),
        OptionalDouble.empty(),
        100L * steps.length,
        Duration.ofSeconds(65),
        StopReason.COMPLETED,
        List.of());
  }
}
