// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.plan;

import io.github.lora4j.LoadOptions;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.train.GradientCheckpointing;
import java.util.Optional;

/** Builds {@link PlanOptions}. */
public final class PlanOptionsBuilder {
  private LoadOptions loading = LoadOptions.defaults();
  private LoraConfig adapter = LoraConfig.builder().build();
  private int batchSize = 4;
  private int sequenceLength = 512;
  private Optional<GradientCheckpointing> gradientCheckpointing = Optional.empty();
  private OptimizerState optimizer = OptimizerState.adamW();

  PlanOptionsBuilder() {}

  /**
   * Where and how the base is held.
   *
   * @param options float32 on the CPU by default
   * @return this
   */
  public PlanOptionsBuilder loading(LoadOptions options) {
    loading = options;
    return this;
  }

  /**
   * What trains.
   *
   * @param config rank 8 on the architecture's default targets by default
   * @return this
   */
  public PlanOptionsBuilder adapter(LoraConfig config) {
    adapter = config;
    return this;
  }

  /**
   * Rows of a micro-batch.
   *
   * @param rows at least 1; 4 by default
   * @return this
   */
  public PlanOptionsBuilder batchSize(int rows) {
    batchSize = rows;
    return this;
  }

  /**
   * Tokens of a row. Padding takes no memory: of rows of uneven length, the mean of the longest
   * batch counts.
   *
   * @param tokens at least 1; 512 by default
   * @return this
   */
  public PlanOptionsBuilder sequenceLength(int tokens) {
    sequenceLength = tokens;
    return this;
  }

  /**
   * How much of the forward pass is kept.
   *
   * @param checkpointing by default what a loaded model starts with: all, or, over a quantised
   *     base, the inputs of layers
   * @return this
   */
  public PlanOptionsBuilder gradientCheckpointing(GradientCheckpointing checkpointing) {
    gradientCheckpointing = Optional.of(checkpointing);
    return this;
  }

  /**
   * How the optimizer holds its state.
   *
   * @param state {@link OptimizerState#adamW()} by default
   * @return this
   */
  public PlanOptionsBuilder optimizer(OptimizerState state) {
    optimizer = state;
    return this;
  }

  /**
   * The options.
   *
   * @return the options
   * @throws io.github.lora4j.ConfigurationException naming the option that is wrong
   */
  public PlanOptions build() {
    return new PlanOptions(
        loading, adapter, batchSize, sequenceLength, gradientCheckpointing, optimizer);
  }
}
