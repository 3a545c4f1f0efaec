// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.benchmark;

import io.github.lora4j.plan.MemoryPlan;
import io.github.lora4j.plan.MemoryPlanner;
import io.github.lora4j.plan.PlanOptions;
import io.github.lora4j.plan.PlanOptionsBuilder;
import io.github.lora4j.train.GradientCheckpointing;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** What the planner says of a benchmark's step. */
final class BenchmarkPlan {
  private BenchmarkPlan() {}

  /**
   * Plans the step.
   *
   * @param shape the model and its adapter
   * @param lengths tokens of each sequence
   * @param checkpointing how much of the forward pass is kept, if that was chosen
   * @return the plan for this machine
   */
  static MemoryPlan of(
      ShapeOptions shape, List<Integer> lengths, Optional<GradientCheckpointing> checkpointing) {
    int tokens = lengths.stream().mapToInt(length -> length).sum();
    PlanOptionsBuilder options =
        PlanOptions.builder()
            .loading(shape.quantization.loadOptions())
            .adapter(shape.adapter())
            .batchSize(lengths.size())
            .sequenceLength((tokens + lengths.size() - 1) / lengths.size());
    checkpointing.ifPresent(options::gradientCheckpointing);
    try {
      Path config = Files.createTempFile("benchmark", ".json");
      try {
        Files.writeString(config, shape.config(Collections.max(lengths)).toString());
        return MemoryPlanner.plan(config, options.build());
      } finally {
        Files.delete(config);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
