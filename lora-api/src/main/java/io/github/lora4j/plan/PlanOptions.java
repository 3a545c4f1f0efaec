// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.plan;

import io.github.lora4j.ConfigurationException;
import io.github.lora4j.LoadOptions;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.train.GradientCheckpointing;
import java.util.Objects;
import java.util.Optional;

/**
 * The fine-tuning whose memory is asked for; see {@link PlanOptionsBuilder} for the defaults.
 * Gradient accumulation is not among them: gradients are summed in place, whatever its number.
 *
 * @param loading where and how the base is held
 * @param adapter what trains
 * @param batchSize rows of a micro-batch
 * @param sequenceLength tokens of a row
 * @param gradientCheckpointing how much of the forward pass is kept; if empty, what a loaded model
 *     starts with: all, or, over a quantised base, the inputs of layers
 * @param optimizer how the optimizer holds its state
 */
public record PlanOptions(
    LoadOptions loading,
    LoraConfig adapter,
    int batchSize,
    int sequenceLength,
    Optional<GradientCheckpointing> gradientCheckpointing,
    OptimizerState optimizer) {
  /**
   * Checks the numbers.
   *
   * @throws ConfigurationException naming the one that is wrong
   */
  public PlanOptions {
    Objects.requireNonNull(loading, "loading");
    Objects.requireNonNull(adapter, "adapter");
    Objects.requireNonNull(gradientCheckpointing, "gradientCheckpointing");
    Objects.requireNonNull(optimizer, "optimizer");
    requirePositive("batchSize", batchSize);
    requirePositive("sequenceLength", sequenceLength);
  }

  private static void requirePositive(String option, int value) {
    if (value < 1) {
      throw new ConfigurationException(
          "MemoryPlanner: %s must be at least 1, was %d".formatted(option, value));
    }
  }

  /**
   * Starts from the defaults.
   *
   * @return the builder
   */
  public static PlanOptionsBuilder builder() {
    return new PlanOptionsBuilder();
  }

  /**
   * Starts from these options.
   *
   * @return a builder whose {@link PlanOptionsBuilder#build} would give equal options
   */
  public PlanOptionsBuilder toBuilder() {
    PlanOptionsBuilder builder =
        builder()
            .loading(loading)
            .adapter(adapter)
            .batchSize(batchSize)
            .sequenceLength(sequenceLength)
            .optimizer(optimizer);
    gradientCheckpointing.ifPresent(builder::gradientCheckpointing);
    return builder;
  }

  /**
   * Tokens of a micro-batch.
   *
   * @return rows times tokens of a row
   */
  public long tokens() {
    return (long) batchSize * sequenceLength;
  }
}
